"""The list of merchant accounts: what may stand in ACCOUNTS_FILE instead of accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from producers.errors import SettingsError
from producers.runtime.settings import Settings
from tests.inputs.rows import Row, Told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN

_GOOD: Mapping[str, str] = {
    "consumer_key_env": '"MAIN_KEY"',
    "consumer_secret_env": '"MAIN_SECRET"',
    "currencies": '["EUR"]',
    "priority": "1",
    "mode": '"test"',
}
_FILE = "ACCOUNTS_FILE"


class Given(NamedTuple):
    """The file's text, what else is in the environment, and an account whose client is asked for."""

    text: str
    environ: Mapping[str, str] = {}
    account: str = ""


def _account(name: str = "main", /, **changes: str | None) -> str:
    """A table with these fields; None leaves one out."""
    fields = {field: value for field, value in {**_GOOD, **changes}.items() if value is not None}
    return f"[accounts.{name}]\n" + "".join(f"{field} = {value}\n" for field, value in fields.items())


_NO_LISTS = {
    "nothing": "",
    "no accounts": "[accounts]\n",
    "a card": PAN,
    "another table": f"{_account()}[settings]\nx = 1\n",
    "a list": "accounts = [1]\n",
    "JSON": '{"accounts": {}}',
    "twice": _account() + _account(),
    "cut short": _account()[:-3],
    "nested": "accounts = " + "[" * 5000,
    "too many": "".join(_account(f"a{number}", priority=str(number)) for number in range(33)),
}
_NO_VALUES: list[tuple[str, str, str]] = [
    *(("currencies", value, "account_field_type") for value in ('"EUR"', "[]", "1", "{}")),
    *(("currencies", value, "currency_unknown") for value in ('["eur"]', "[1]", f'["{PAN}"]', '["EUR", "XXX"]')),
    *(("priority", value, "account_field_type") for value in ("-1", "1001", "1.0", "true", '"1"', PAN)),
    *(("mode", value, "account_field_type") for value in ('"LIVE"', "1", "true", f'"{PAN}"')),
    *(("rate_max", value, "account_field_type") for value in ("-1", "10001", "0.5", '"5"')),
    *(("charge_mode", value, "account_field_type") for value in ('"TWO_PHASE"', '""', "2", "true", f'"{PAN}"')),
    *(("base_url", value, "setting_format") for value in ('"ftp://x"', '"https://u:p@h/v1"', f'"{PAN}"', '""')),
    ("base_url", "1", "account_field_type"),
    ("base_url", '"http://gateway.example/v1"', "gateway_insecure"),
    ("consumer_key_env", '"MAIN KEY"', "account_field_type"),
    ("consumer_key_env", "[]", "account_field_type"),
    ("consumer_secret_env", f'"{PAN}"', "account_field_type"),
    ("mode", '"live"', "account_mode"),
]


def _rows() -> Iterator[Row]:
    for name, text in _NO_LISTS.items():
        yield Row(f"list: {name}", Given(text), "accounts_format", _FILE)
    for number, (field, value, code) in enumerate(_NO_VALUES):
        yield Row(f"{field} {number}", Given(_account(**{field: value})), code, f"{_FILE} accounts.main.{field}")
    for field in ("currencies", "priority", "mode"):
        where = f"{_FILE} accounts.main.{field}"
        yield Row(f"without {field}", Given(_account(**{field: None})), "account_field_missing", where)
    yield from _of_secrets()
    yield Row("no table", Given("[accounts]\nmain = 1\n"), "accounts_format", f"{_FILE} accounts.main", also=_ALL)
    for name in ('""', '"a b"', '"-a"', f'"{"a" * 65}"'):
        yield Row(f"name {name[:8]}", Given(_account(name)), "account_format", f"{_FILE} accounts.?")
    yield Row("a card for a name", Given(_account(PAN)), "card_number_in_text", f"{_FILE} accounts.?")
    for field in ("retries", PAN, f'"{PAN} x"'):
        given = Given(_account(**{field: "1"}))
        yield Row(f"unknown {field[:7]}", given, "account_field_unknown", f"{_FILE} accounts.main.?")
    same = Given(_account() + _account("other"))
    yield Row("one priority", same, "account_priority_taken", f"{_FILE} accounts.other.priority")
    beside = ", ".join((_FILE, "CARDINITY_CONSUMER_KEY", "CARDINITY_CONSUMER_SECRET"))
    for name in ("other", PAN):
        yield Row(f"no account {name[:5]}", Given(_account(), account=name), "account_unlisted", _FILE)
    yield Row("a key beside", Given(_account(), {"CARDINITY_CONSUMER_KEY": "k"}), "accounts_twice", beside)


def _of_secrets() -> Iterator[Row]:
    main = f"{_FILE} accounts.main"
    for what in ("consumer_key", "consumer_secret"):
        by_env, by_file = f"{what}_env", f"{what}_file"
        literal = Given(_account(**{by_env: None, what: f'"{PAN}"'}))
        yield Row(f"literal {what}", literal, "account_secret_literal", f"{main}.{what}")
        yield Row(f"no {what}", Given(_account(**{by_env: None})), "account_secret_place", f"{main}.{what}")
        both = Given(_account(**{by_file: '"/nowhere"'}))
        yield Row(f"{what} twice", both, "account_secret_place", f"{main}.{what}")
        relative = Given(_account(**{by_env: None, by_file: '"secrets/main"'}))
        yield Row(f"{what} by a relative path", relative, "setting_format", f"{main}.{by_file}")
        number = Given(_account(**{by_env: None, by_file: "1"}))
        yield Row(f"{what} by a number", number, "account_field_type", f"{main}.{by_file}")


#: What a table lacks in which nothing stands.
_ALL = (
    *(("account_secret_place", f"{_FILE} accounts.main.{what}") for what in ("consumer_key", "consumer_secret")),
    *(("account_field_missing", f"{_FILE} accounts.main.{what}") for what in ("currencies", "priority", "mode")),
)

ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read the settings of a deployment with that list."""
    listed = world.fresh() / "accounts.toml"
    listed.write_text(given.text, "utf-8")
    environ = {"HOME": "/", _FILE: str(listed), "MAIN_KEY": "k", "MAIN_SECRET": "s", **given.environ}
    try:
        settings = Settings.from_environ(environ)
        if given.account:
            settings.client_settings(given.account)
    except SettingsError as error:
        complaints = frozenset((problem.code, problem.field) for problem in error.problems)
        return Told(complaints, f"{error} {error!r} {error.problems!r}")
    return Told(frozenset(), "settings")
