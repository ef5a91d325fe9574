"""RISK_FILE, from TOML to rules. Strict: what it does not know, it refuses, by field. What it leaves out is as shipped:
every rule is counted (`shadow`), and none acts.

zone = "Europe/Vilnius"        # the merchant's clock, where the customer's is not known
on_trouble = "allow"           # or "hold_back": when the facts cannot be read
patience_ms = 500              # and how long they are waited for
on_timeout = "expire"          # or "reject": a review that nobody has decided
review_s = 43200               # and how long it waits

[rules.failed_attempts]
mode = "live"                  # or "shadow", or "off"
verdict = "block"              # or "review"
max = 5
window_s = 3600

[rules.odd_hours]
amounts = { EUR = "500.00" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import available_timezones

from cardinity_client.errors import MoneyError
from cardinity_client.money import EXPONENTS, Money
from producers.contract.risk import BLOCK, REVIEW
from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import Refused, read_file
from workers.risk.asked import HISTORY_MS, MEMBERS_MAX
from workers.risk.rules import DEFAULT, MODES, NAMES, Limits, RuleSet, Use

SETTING: Final = "RISK_FILE"
#: Seconds of the longest review: an order is not sent a day after it was accepted, unless it names its own time.
REVIEW_MAX_S: Final = 7 * 86_400
PATIENCE_MAX_MS: Final = 10_000
#: The most that each number may be; the least is 1, of hours 0.
_MOST: Final[Mapping[str, int]] = {
    "max": MEMBERS_MAX,
    "window_s": HISTORY_MS // 1000,
    "history": MEMBERS_MAX,
    "from_h": 23,
    "until_h": 24,
    "min": 1_000_000,
    "factor": 1000,
}
_FIELDS: Final = ("zone", "on_trouble", "patience_ms", "on_timeout", "review_s", "rules")

T = TypeVar("T")


def read_rules(path: Path | None) -> tuple[RuleSet, list[Problem]]:
    """The rules of the file, or those that are shipped; and everything that is wrong."""
    if path is None:
        return DEFAULT, []
    try:
        document = tomllib.loads(read_file(path, private=False))
    except Refused as refusal:
        return DEFAULT, [problem(refusal.code, SETTING, str(refusal))]
    except (tomllib.TOMLDecodeError, RecursionError):
        return DEFAULT, [problem("risk_format", SETTING, "is not TOML")]
    return _Reading(document).rules()


class _Reading:
    """One document, field by field; what is wrong goes into `problems`."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._problems: list[Problem] = []

    def rules(self) -> tuple[RuleSet, list[Problem]]:
        self._refuse_others("", self._document, _FIELDS)
        tables = self._document.get("rules", {})
        if not isinstance(tables, dict):
            self._wrong("rules", "risk_format", "must hold tables like [rules.many_cards]")
            tables = {}
        self._refuse_others("rules.", tables, NAMES)
        made = RuleSet(
            {name: self._use(use, tables.get(name, {})) for name, use in DEFAULT.uses.items()},
            self._read("zone", self._document, _zone, DEFAULT.zone),
            self._read("on_trouble", self._document, _one_of("allow", "hold_back"), DEFAULT.on_trouble),
            self._read("patience_ms", self._document, _whole(PATIENCE_MAX_MS), int(DEFAULT.patience_s * 1000)) / 1000,
            self._read("on_timeout", self._document, _one_of("expire", "reject"), DEFAULT.on_timeout),
            self._read("review_s", self._document, _whole(REVIEW_MAX_S), DEFAULT.review_s),
        )
        return made, self._problems

    def _use(self, use: Use, table: object) -> Use:
        place = f"rules.{use.rule.name}."
        if not isinstance(table, dict):
            self._wrong(place.rstrip("."), "risk_format", "must be a table")
            return use
        limits = use.limits
        known = ("mode", "verdict", *limits.numbers, *(("amounts",) if limits.amounts else ()))
        self._refuse_others(place, table, known)
        numbers = {
            name: self._read(name, table, _whole(_MOST[name], least=0 if name.endswith("_h") else 1), given, place)
            for name, given in limits.numbers.items()
        }
        amounts = self._read("amounts", table, _amounts, limits.amounts, place) if limits.amounts else {}
        return replace(
            use,
            mode=self._read("mode", table, _one_of(*MODES), use.mode, place),
            verdict=self._read("verdict", table, _one_of(REVIEW, BLOCK), use.verdict, place),
            limits=Limits(numbers, amounts),
        )

    def _read(self, name: str, table: dict[str, Any], read: Callable[[object], Any], default: T, place: str = "") -> T:
        if name not in table:
            return default
        try:
            value: T = read(table[name])
        except Refused as refusal:
            self._wrong(place + name, refusal.code, str(refusal))
            return default
        return value

    def _refuse_others(self, place: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                self._wrong(f"{place}?", "risk_field_unknown", f"has a field that is none of {', '.join(known)}")

    def _wrong(self, field: str, code: str, message: str) -> None:
        self._problems.append(problem(code, f"{SETTING} {field}", message))


def _one_of(*words: str) -> Callable[[object], str]:
    def read(given: object) -> str:
        if isinstance(given, str) and given in words:
            return given
        raise Refused("risk_field_type", f"must be one of {', '.join(words)}")

    return read


def _whole(most: int, least: int = 1) -> Callable[[object], int]:
    def read(given: object) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
            raise Refused("risk_field_type", f"must be a whole number from {least} to {most}")
        return given

    return read


def _zone(given: object) -> str:
    if isinstance(given, str) and given in available_timezones():
        return given
    raise Refused("risk_field_type", "must be an IANA time zone like Europe/Vilnius")


def _amounts(given: object) -> Mapping[str, int]:
    wrong = Refused("risk_field_type", 'must be amounts by currency like { EUR = "500.00" }')
    if not isinstance(given, dict) or not given:
        raise wrong
    if not all(name in EXPONENTS and isinstance(text, str) for name, text in given.items()):
        raise wrong
    try:
        return {name: Money.parse(text, name).minor for name, text in given.items()}
    except MoneyError:
        raise wrong from None
