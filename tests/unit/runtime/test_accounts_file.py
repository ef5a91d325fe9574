"""The list of merchant accounts is read strictly, by field, and holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.errors import SettingsError
from producers.runtime.settings import Settings

MAIN = """
[accounts.main]
consumer_key_env = "MAIN_KEY"
consumer_secret_file = "{directory}/main.secret"
currencies = ["EUR", "GBP"]
priority = 2
mode = "test"
"""
SECOND = """
[accounts.second]
consumer_key_file = "{directory}/second.key"
consumer_secret_env = "SECOND_SECRET"
currencies = ["EUR"]
priority = 1
mode = "test"
base_url = "https://second.example/v1"
rate_max = 7
"""
KEYS = {"MAIN_KEY": "main-key", "SECOND_SECRET": "second-secret"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the secrets of the accounts are."""
    for name, content in (("main.secret", "main-secret\n"), ("second.key", "second-key\n")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    return tmp_path


def settings_of(directory: Path, text: str, **environ: str) -> Settings:
    """The settings with that list of accounts."""
    listed = directory / "accounts.toml"
    listed.write_text(text.replace("{directory}", str(directory)))
    return Settings.from_environ({"ACCOUNTS_FILE": str(listed), **KEYS, **environ})


def wrong(directory: Path, text: str, **environ: str) -> list[tuple[str, str]]:
    """Code and field of each problem."""
    with pytest.raises(SettingsError) as caught:
        settings_of(directory, text, **environ)
    return [(problem.code, problem.field) for problem in caught.value.problems]


def test_accounts_come_by_priority(directory: Path) -> None:
    """The lowest number first, whatever the order of the file."""
    assert settings_of(directory, MAIN + SECOND).accounts == ("second", "main")


def test_each_account_has_its_own_client(directory: Path) -> None:
    """Key, secret and address are the account's; what is left out is the deployment's."""
    settings = settings_of(directory, MAIN + SECOND, ACCOUNT_RATE_MAX="50")
    main, second = settings.client_settings("main"), settings.client_settings("second")
    assert (main.consumer_key, main.consumer_secret.reveal(), main.account) == ("main-key", "main-secret", "main")
    assert (second.consumer_key, second.consumer_secret.reveal()) == ("second-key", "second-secret")
    assert (main.base_url, second.base_url) == ("https://api.cardinity.com/v1", "https://second.example/v1")
    assert [account.rate_max for account in settings.merchants] == [7, 50]


def test_without_the_file_there_is_the_account_of_before() -> None:
    """One account, called default, that takes every currency."""
    (account,) = Settings.from_environ({}).merchants
    assert (account.name, account.currencies, account.rate_max) == ("default", None, 0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[accounts.main]", "[accounts.main", ("accounts_format", "ACCOUNTS_FILE")),
        ("[accounts.main]", "[merchants.main]", ("accounts_format", "ACCOUNTS_FILE")),
        ("[accounts.main]", '[accounts."a b"]', ("account_format", "ACCOUNTS_FILE accounts.?")),
        ('currencies = ["EUR", "GBP"]', "currencies = []", ("account_field_type", "currencies")),
        ('currencies = ["EUR", "GBP"]', 'currencies = "EUR"', ("account_field_type", "currencies")),
        ('"GBP"', '"gbp"', ("currency_unknown", "currencies")),
        ("priority = 2", "priority = true", ("account_field_type", "priority")),
        ("priority = 2", "priority = -1", ("account_field_type", "priority")),
        ("priority = 2", "", ("account_field_missing", "priority")),
        ('mode = "test"', 'mode = "dry"', ("account_field_type", "mode")),
        ('mode = "test"', 'mode = "live"', ("account_mode", "mode")),
        ("priority = 2", "priority = 2\nretries = 3", ("account_field_unknown", "?")),
        ("priority = 2", 'priority = 2\nbase_url = "ftp://x"', ("setting_format", "base_url")),
        ("priority = 2", 'priority = 2\nbase_url = "http://gateway.example"', ("gateway_insecure", "base_url")),
        ('_env = "MAIN_KEY"', '_env = "MAIN KEY"', ("account_field_type", "consumer_key_env")),
        ("priority = 2", 'priority = 2\nconsumer_key_file = "/k"', ("account_secret_place", "consumer_key")),
        ('consumer_key_env = "MAIN_KEY"', "", ("account_secret_place", "consumer_key")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(directory: Path, old: str, new: str, expected: tuple[str, str]) -> None:
    """A stable code, and the table and field that an operator would mend."""
    code, field = expected
    place = field if field.startswith("ACCOUNTS_FILE") else f"ACCOUNTS_FILE accounts.main.{field}"
    assert wrong(directory, MAIN.replace(old, new)) == [(code, place)]


def test_a_literal_secret_is_refused_and_not_repeated(directory: Path) -> None:
    """The file is no place for a secret, and the message is no place either."""
    text = MAIN.replace("consumer_secret_file", "consumer_secret").replace("{directory}/main.secret", "hunter2")
    with pytest.raises(SettingsError) as caught:
        settings_of(directory, text)
    assert [problem.code for problem in caught.value.problems] == ["account_secret_literal"]
    assert "hunter2" not in str(caught.value)


def test_two_accounts_have_two_priorities(directory: Path) -> None:
    """Else chance would say who is asked first."""
    text = MAIN + SECOND.replace("priority = 1", "priority = 2")
    assert wrong(directory, text) == [("account_priority_taken", "ACCOUNTS_FILE accounts.second.priority")]


def test_the_key_of_one_account_does_not_stand_beside_the_list(directory: Path) -> None:
    """Nobody could say whose it is."""
    found = wrong(directory, MAIN, CARDINITY_CONSUMER_KEY="k")
    assert found == [("accounts_twice", "ACCOUNTS_FILE, CARDINITY_CONSUMER_KEY, CARDINITY_CONSUMER_SECRET")]


def test_a_worker_does_not_start_without_a_secret(directory: Path) -> None:
    """Each secret that is not there is named by where it should be."""
    (directory / "main.secret").unlink()
    listed = directory / "accounts.toml"
    listed.write_text(MAIN.replace("{directory}", str(directory)))
    with pytest.raises(SettingsError) as caught:
        Settings.for_worker({"ACCOUNTS_FILE": str(listed)})
    assert [p.field for p in caught.value.problems if "accounts" in p.field] == [
        "ACCOUNTS_FILE accounts.main.consumer_key_env",
        "ACCOUNTS_FILE accounts.main.consumer_secret_file",
    ]


def test_a_secret_is_read_again(directory: Path) -> None:
    """What stands in the file now counts, not what stood there at the start."""
    (account,) = settings_of(directory, MAIN).merchants
    (directory / "main.secret").write_text("another")
    assert account.credentials().consumer_secret.reveal() == "another"
