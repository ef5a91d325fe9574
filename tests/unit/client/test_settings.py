"""Settings that cannot work are refused by name."""

from typing import Any

import pytest

from cardinity_client import ClientSettings, Secret, SettingsInvalid

URL = "https://api.cardinity.com/v1"


def refused(**changes: Any) -> SettingsInvalid:
    given: dict[str, Any] = {
        "base_url": URL,
        "consumer_key": "demo_key",
        "consumer_secret": Secret("demo"),
    } | changes
    with pytest.raises(SettingsInvalid) as caught:
        ClientSettings(**given)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.cardinity.com/v1",
        f"{URL}/",
        f"{URL}?a=1",
        f"{URL}#a",
        "ftp://api.cardinity.com",
        "https://",
        "https://user:pw@api.cardinity.com/v1",
    ],
)
def test_the_base_url_is_a_plain_url(url: str) -> None:
    """A base URL with a slash at its end, a query, a user or another scheme is refused."""
    assert refused(base_url=url).code == "base_url_format"


@pytest.mark.parametrize("name", ["attempt_deadline_s", "connections_max", "breaker_failures", "read_deadline_s"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_numbers_are_positive_and_finite(name: str, value: float) -> None:
    """A duration or count that is not positive and finite is refused, and the message names it."""
    problem = refused(**{name: value})
    assert (problem.code, problem.message.split()[0]) == ("setting_range", name)


@pytest.mark.parametrize("missing", [{"consumer_key": ""}, {"consumer_secret": Secret("")}])
def test_credentials_are_there(missing: dict[str, Any]) -> None:
    """An empty key or secret is refused."""
    assert refused(**missing).code == "secret_missing"


def test_settings_do_not_show_the_secret() -> None:
    """The consumer secret is not in the settings' text."""
    assert "hush" not in repr(ClientSettings(URL, "demo_key", Secret("hush")))
