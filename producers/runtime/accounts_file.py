"""The list of merchant accounts, from TOML to values. Strict: what it does not know, it refuses, by field.

[accounts.main]
consumer_key_env = "MAIN_KEY"                 # or consumer_key_file
consumer_secret_file = "/run/secrets/main"    # or consumer_secret_env
currencies = ["EUR", "GBP"]
priority = 1                                  # the lowest that takes the currency is asked first
mode = "live"
base_url = "https://api.cardinity.com/v1"     # else CARDINITY_BASE_URL
rate_max = 50                                 # else ACCOUNT_RATE_MAX
charge_mode = "two_phase"                     # else ACCOUNT_CHARGE_MODE
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from cardinity_client.money import EXPONENTS
from cardinity_client.secret import Secret
from producers.contract.fields import CHARGE_MODES, TWO_PHASE, Refusal, read_account
from producers.runtime.accounts import MerchantAccount, Reference
from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import Refused, read_file, read_gateway_url, read_path

T = TypeVar("T")

#: Accounts of one file: each has a mirror, which reads its list, and a leader.
ACCOUNTS_MAX: Final = 32
PRIORITY_MAX: Final = 1000
RATE_MAX: Final = 10_000
#: Every field of an account.
FIELDS: Final = (
    "consumer_key_file",
    "consumer_key_env",
    "consumer_secret_file",
    "consumer_secret_env",
    "currencies",
    "priority",
    "mode",
    "base_url",
    "rate_max",
    "charge_mode",
)

_SETTING: Final = "ACCOUNTS_FILE"
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
#: Where TOML's own message says it is; the rest of it may repeat what stands there.
_PLACE: Final = re.compile(r"\(at [^()]*\)")


def read_accounts_file(
    path: Path, environ: Mapping[str, str], *, base_url: str, mode: str, rate_max: int, charge_mode: str
) -> tuple[tuple[MerchantAccount, ...], list[Problem]]:
    """The accounts by priority, and everything that is wrong; what is missing in the file is as given here."""
    problems: list[Problem] = []
    try:
        tables = _tables(read_file(path, private=False))
    except Refused as refusal:
        return (), [problem(refusal.code, _SETTING, str(refusal))]
    accounts = []
    for name, table in tables.items():
        reading = _Reading(f"accounts.{name}", table, environ, problems)
        account = reading.account(name, base_url=base_url, mode=mode, rate_max=rate_max, charge_mode=charge_mode)
        if account is not None:
            accounts.append(account)
    problems += _taken(accounts)
    return tuple(sorted(accounts, key=lambda account: account.priority)), problems


def _tables(text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        raise Refused("accounts_format", f"is not TOML {place.group() if place else ''}".rstrip()) from None
    except RecursionError:
        raise Refused("accounts_format", "is nested too deeply") from None
    tables = document.pop("accounts", None)
    if document or not isinstance(tables, dict) or not tables:
        raise Refused("accounts_format", "must hold tables like [accounts.main], and nothing else")
    if len(tables) > ACCOUNTS_MAX:
        raise Refused("accounts_format", f"must hold at most {ACCOUNTS_MAX} accounts")
    return tables


def _taken(accounts: list[MerchantAccount]) -> Iterator[Problem]:
    """Two accounts of one priority would leave it to chance who is asked first."""
    seen: dict[int, str] = {}
    for account in accounts:
        other = seen.setdefault(account.priority, account.name)
        if other != account.name:
            where = f"{_SETTING} accounts.{account.name}.priority"
            yield problem("account_priority_taken", where, f"is that of account {other}; each has its own")


class _Reading:
    """One table, field by field; what is wrong goes into `problems`."""

    def __init__(self, place: str, table: object, environ: Mapping[str, str], problems: list[Problem]) -> None:
        self._place = place
        self._table: dict[str, Any] = table if isinstance(table, dict) else {}
        self._environ = environ
        self._problems = problems
        if not isinstance(table, dict):
            self._wrong("", "accounts_format", "must be a table")

    def account(
        self, name: str, *, base_url: str, mode: str, rate_max: int, charge_mode: str
    ) -> MerchantAccount | None:
        """The account, if nothing is wrong with it."""
        before = len(self._problems)
        if not self._named(name):
            return None
        self._refuse_others()
        key, secret = self._reference("consumer_key"), self._reference("consumer_secret")
        currencies = self._read("currencies", _currencies)
        priority = self._read("priority", lambda given: _whole(given, PRIORITY_MAX))
        if self._read("mode", _mode) not in (None, mode):
            self._wrong("mode", "account_mode", f"one deployment has one mode, and CARDINITY_MODE is {mode}")
        url = self._read("base_url", _url) if "base_url" in self._table else base_url
        rate = self._read("rate_max", lambda given: _whole(given, RATE_MAX)) if "rate_max" in self._table else rate_max
        how = self._read("charge_mode", _charge_mode) if "charge_mode" in self._table else charge_mode
        if len(self._problems) > before:
            return None
        assert key and secret and currencies and priority is not None and url and rate is not None
        return MerchantAccount(name, key, secret, url, currencies, priority, rate, how == TWO_PHASE)

    def _named(self, name: str) -> bool:
        try:
            read_account(name)
        except Refusal as refusal:
            # A key pasted in the wrong place is not repeated.
            self._problems.append(problem(refusal.code, f"{_SETTING} accounts.?", refusal.message))
            return False
        return True

    def _refuse_others(self) -> None:
        for name in self._table:
            if name in ("consumer_key", "consumer_secret"):
                ways = f"name where it is, by {name}_file or {name}_env"
                self._wrong(name, "account_secret_literal", f"no credential stands in this file: {ways}")
            elif name not in FIELDS:
                self._wrong("?", "account_field_unknown", f"has a field that is none of {', '.join(FIELDS)}")

    def _reference(self, what: str) -> Reference | None:
        by_file, by_env = f"{what}_file", f"{what}_env"
        given = [name for name in (by_file, by_env) if name in self._table]
        if len(given) != 1:
            if what not in self._table:
                self._wrong(what, "account_secret_place", f"give one of {by_file} and {by_env}")
            return None
        (name,) = given
        setting = f"{_SETTING} {self._place}.{name}"
        if name == by_file:
            path = self._read(name, lambda given: read_path(_text(given)))
            return None if path is None else Reference(setting, path=path)
        variable = self._read(name, _variable)
        if variable is None:
            return None
        value = self._environ.get(variable)
        return Reference(setting, value=Secret(value) if value else None)

    def _read(self, name: str, read: Callable[[object], T]) -> T | None:
        if name not in self._table:
            self._wrong(name, "account_field_missing", "is missing")
            return None
        try:
            return read(self._table[name])
        except Refused as refusal:
            self._wrong(name, refusal.code, str(refusal))
            return None

    def _wrong(self, field: str, code: str, message: str) -> None:
        where = f"{_SETTING} {self._place}" + (f".{field}" if field else "")
        self._problems.append(problem(code, where, message))


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise Refused("account_field_type", "must be a text")
    return given


def _url(given: object) -> str:
    return read_gateway_url(_text(given))


def _variable(given: object) -> str:
    if not _VARIABLE.fullmatch(text := _text(given)):
        raise Refused("account_field_type", "must be the name of a variable")
    return text


def _whole(given: object, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= most:
        raise Refused("account_field_type", f"must be a whole number from 0 to {most}")
    return given


def _mode(given: object) -> str:
    if given not in ("test", "live"):
        raise Refused("account_field_type", "must be test or live")
    return str(given)


def _charge_mode(given: object) -> str:
    if given not in CHARGE_MODES:
        raise Refused("account_field_type", f"must be {' or '.join(CHARGE_MODES)}")
    return str(given)


def _currencies(given: object) -> frozenset[str]:
    if not isinstance(given, list) or not given:
        raise Refused("account_field_type", 'must be a list of currencies like ["EUR"]')
    if not all(isinstance(currency, str) and currency in EXPONENTS for currency in given):
        raise Refused("currency_unknown", "must be ISO 4217 codes in capitals, like EUR")
    return frozenset(given)
