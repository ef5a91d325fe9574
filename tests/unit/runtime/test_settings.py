"""Settings are read strictly from a mapping, and all that is wrong is said at once."""

import dataclasses
import typing
from pathlib import Path

import pytest

from cardinity_client.secret import Secret
from producers.errors import SettingsError
from producers.runtime.settings import READS_IN_FLIGHT_MAX, Settings
from producers.runtime.settings_table import settings_table

#: What a worker must be given, but for files, which are the integration tests' business.
CREDENTIALS = {"CARDINITY_CONSUMER_KEY": "test_key", "CARDINITY_CONSUMER_SECRET": "shhh"}


def test_nothing_given_is_enough() -> None:
    """The defaults hold together."""
    assert Settings.from_environ({}).attempt_window_s == 45.0


def test_every_field_is_a_row() -> None:
    """The table and the object name the same settings."""
    told = {field.name for field in dataclasses.fields(Settings)} - {"merchants"}
    assert {row.field for row in settings_table()} == told


def test_a_default_is_of_its_field() -> None:
    """What the table reads has the type that the object declares."""
    settings, hints = Settings.from_environ({}), typing.get_type_hints(Settings)
    plain = {name: hint for name, hint in hints.items() if hint in (str, int, float, bool, Path)}
    assert len(plain) > 30
    assert {name: isinstance(getattr(settings, name), hint) for name, hint in plain.items()} == dict.fromkeys(
        plain, True
    )


def test_a_refusal_never_repeats_what_it_was_given() -> None:
    """A secret in the wrong variable does not end up in the message."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"LEASE_S": "hunter2", "CARDINITY_MODE": "hunter2", "REDIS_QUEUE_URL": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_problem_names_each_of_its_settings() -> None:
    """A contradiction can be asked for the names of both sides."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"SEND_CREDITS": "61"})
    (problem,) = caught.value.problems
    assert problem.names == ("SEND_CREDITS", "LIST_LIMIT", "LIST_MARGIN")  # type: ignore[attr-defined]


def test_a_typo_is_answered_with_the_name_that_was_meant() -> None:
    """An unknown variable with our prefix is refused with a suggestion."""
    with pytest.raises(SettingsError, match="is it CARDINITY_CONSUMER_SECRET_FILE"):
        Settings.from_environ({"CARDINITY_CONSUMER_SECRETS_FILE": "x"})


@pytest.mark.parametrize("name", ["CARDINITY_SERVICE_HOST", "CARDINITY_PORT", "CARDINITY_PORT_80_TCP_ADDR"])
def test_service_links_are_not_typos(name: str) -> None:
    """What Kubernetes adds for a service called `cardinity` stops no boot."""
    assert Settings.from_environ({name: "10.0.0.1"}).cardinity_mode == "test"


def test_variables_of_others_are_ignored() -> None:
    """Only our own prefix is watched."""
    assert Settings.from_environ({"REDIS_URL": "x", "LEASE": "x", "LIST_LIMITS": "x"}).list_limit == 100


def test_an_empty_variable_is_one_not_given() -> None:
    """Compose files pass empty variables on; they mean the default."""
    assert Settings.from_environ({"LEASE_S": "", "CARDINITY_CONSUMER_SECRET": ""}).lease_s == 60.0


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIR": "/var/lib/x"}, "/var/lib/x"),
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/a"}, "/state/cardinity-batch"),
        ({"XDG_STATE_HOME": "state", "HOME": "/home/a"}, "/home/a/.local/state/cardinity-batch"),
        ({"HOME": "/home/a"}, "/home/a/.local/state/cardinity-batch"),
    ],
)
def test_state_is_kept_by_the_xdg_rules(environ: dict[str, str], expected: str) -> None:
    """STATE_DIR, else XDG_STATE_HOME if absolute, else ~/.local/state."""
    assert Path(expected) == Settings.from_environ(environ).state_dir


def test_secrets_do_not_print() -> None:
    """Passwords, in URLs too, are masked in the object's text."""
    environ = CREDENTIALS | {"REDIS_QUEUE_URL": "redis://:hunter2@localhost/0"}
    assert not {"hunter2", "shhh"} & set(repr(Settings.from_environ(environ)).replace("'", " ").split())
    assert "hunter2" not in repr(Settings.from_environ(environ))


def test_a_worker_is_told_all_it_lacks() -> None:
    """Credentials and keys that are missing are named with the ways to give them."""
    with pytest.raises(SettingsError) as caught:
        Settings.for_worker({})
    told = {problem.field: problem.code for problem in caught.value.problems}
    assert told == {
        "CARDINITY_CONSUMER_KEY": "setting_missing",
        "CARDINITY_CONSUMER_SECRET": "secret_missing",
        "SEAL_PRIVATE_KEYS_FILE": "setting_missing",
        "PRODUCERS_FILE": "setting_missing",
    }
    assert "CARDINITY_CONSUMER_SECRET_FILE" in str(caught.value)


def test_a_producer_starts_with_its_keys() -> None:
    """The two keys are all a producer must be given."""
    settings = Settings.for_producer({"PRODUCER_KEY": "k", "SEAL_PUBLIC_KEY": "{}"})
    assert (settings.producer_key, settings.seal_public_key) == (Secret("k"), "{}")


def test_the_client_is_told_its_part() -> None:
    """The gateway client gets URL, credentials, times, and room for charges and reads."""
    environ = CREDENTIALS | {"CARDINITY_BASE_URL": "https://gateway.example/v1/", "ATTEMPT_DEADLINE_S": "30"}
    told = Settings.from_environ(environ).client_settings("default")
    assert (told.base_url, told.consumer_key) == ("https://gateway.example/v1", "test_key")
    assert (told.consumer_secret, told.attempt_deadline_s) == (Secret("shhh"), 30.0)
    assert told.connections_max == 1024 + READS_IN_FLIGHT_MAX


def test_no_client_without_credentials() -> None:
    """Asking for the client's part without credentials says which are missing."""
    with pytest.raises(SettingsError, match="CARDINITY_CONSUMER_SECRET_FILE"):
        Settings.from_environ({}).client_settings()
