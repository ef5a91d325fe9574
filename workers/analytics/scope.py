"""What a report is about: local days of one time zone, and perhaps one account or one currency. Pure.

A period is whole local days, both named days included. A day begins with its first instant in the zone, also where the
clocks go forward at midnight, and has 23 or 25 hours where they change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from producers.contract.fields import Refusal, read_account, read_currency
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.subscriptions.fields import read_zone

#: Days of the longest period: ten years.
DAYS_MAX: Final = 3660
#: Days of a period whose first day is not named.
DAYS_DEFAULT: Final = 30
ZONE_DEFAULT: Final = "UTC"

_FIELDS: Final = ("from", "to", "zone", "account", "currency")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
#: The first day that can be asked for: two days behind the epoch, so that no zone's midnight lies before it.
_EARLIEST: Final = date(1970, 1, 3)
_LATEST: Final = date(9990, 12, 31)


@dataclass(frozen=True, slots=True)
class Scope:
    """Both days are included. `account` and `currency` are None where all are meant."""

    first: date
    last: date
    zone: str = ZONE_DEFAULT
    account: str | None = None
    currency: str | None = None

    @property
    def days(self) -> int:
        """How many local days it has."""
        return (self.last - self.first).days + 1

    @property
    def from_ms(self) -> int:
        """Its first instant."""
        return _midnight_ms(self.first, self.zone)

    @property
    def to_ms(self) -> int:
        """The first instant after it."""
        return _midnight_ms(self.last + timedelta(days=1), self.zone)

    @property
    def before(self) -> Scope:
        """As many days, right before it."""
        return replace(self, first=self.first - timedelta(days=self.days), last=self.first - timedelta(days=1))


def read_scope(values: Mapping[str, object], now_ms: int) -> Scope:
    """The scope that `from`, `to`, `zone`, `account` and `currency` ask for.

    Without `to` it ends today, without `from` it has thirty days.

    Raises:
        InvalidCommand: every field that is wrong, at once.
    """
    form = Form(values)
    form.refuse_others(_FIELDS)
    zone = form.read_if_given("zone", read_zone) or ZONE_DEFAULT
    account = form.read_if_given("account", read_account)
    currency = form.read_if_given("currency", read_currency)
    last = form.read_if_given("to", _read_day) or _today(now_ms, zone)
    first = form.read_if_given("from", _read_day) or max(_EARLIEST, last - timedelta(days=DAYS_DEFAULT - 1))
    if not form.errors and first > last:
        form.refuse("from", "period_order", "must not lie behind the last day")
    if not form.errors and (last - first).days >= DAYS_MAX:
        form.refuse("from", "period_length", f"at most {DAYS_MAX} days")
    if form.errors:
        raise InvalidCommand(form.errors)
    return Scope(first, last, zone, account, currency)


def _read_day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            day = date.fromisoformat(value)
            if _EARLIEST <= day <= _LATEST:
                return day
    except ValueError:
        pass
    raise Refusal("day_format", "must be a day like 2026-01-31")


def _today(now_ms: int, zone: str) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def _midnight_ms(day: date, zone: str) -> int:
    # In a gap `fold=0` counts with the offset before it, and so gives the instant at which the clocks went forward.
    return round(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)
