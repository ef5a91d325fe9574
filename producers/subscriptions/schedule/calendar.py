"""The periods of a subscription: which days each has, and when it is due. Pure; no clock, no database.

A period is a span of whole local days: it begins at midnight in the subscription's own time zone and ends where the
next one begins, so nothing lies between two and nothing in both. The k-th is computed from the anchor, never from the
one before: the 31st of January leads to the 28th of February and then to the 31st of March.

A local time that a zone leaves out (clocks go forward) is read as if they had not: 02:30 is the moment that is 03:30 by
the new time. Of a local time that comes twice (clocks go back) the first is meant. Where a zone leaves out a whole day,
as Samoa did on 30 December 2011, the period of that day has no length.

Terms change at the beginning of a period. The new schedule takes the anchor day with it, and its first period begins at
the very instant at which the last of the old one ended, whatever zone that was in. Where the clocks of two zones would
leave that first period less than half a day, it takes in the next one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "year"]

UNITS: Final[tuple[Unit, ...]] = ("day", "week", "month", "year")
#: The least that a first period lasts after a change of zone.
SHORTEST: Final = timedelta(hours=12)

_MONTHS: Final = {"month": 1, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many days, weeks, months or years."""

    every: int
    unit: Unit

    def after(self, base: date, anchor_day: int, count: int) -> date:
        """The date `count` intervals after `base`, on the anchor day or the last day of a month that has none."""
        if self.unit in _DAYS:
            return base + timedelta(days=_DAYS[self.unit] * self.every * count)
        months = base.year * 12 + base.month - 1 + _MONTHS[self.unit] * self.every * count
        year, month = divmod(months, 12)
        return date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Period:
    """One period. `due` is when it is to be charged; all three are UTC, `zone` is where its days are counted."""

    number: int
    start: datetime
    end: datetime
    due: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The periods from `first` on. `begins` is where that one starts (UTC), `base` the local date it stands for.

    `anchor_day` is the day of the month that is kept; `due_s` the second of the local day at which a period is due.
    """

    first: int
    begins: datetime
    base: date
    anchor_day: int
    interval: Interval
    zone: str
    due_s: int

    def period(self, number: int) -> Period:
        """The period of that number, which is not below `first`."""
        start, end = self._boundary(number - self.first), self._boundary(number - self.first + 1)
        due = instant(self._date(number - self.first), self.due_s, self.zone)
        return Period(number, start, end, max(start, due), self.zone)

    def last_due(self, now: datetime) -> int:
        """The number of the newest period that is due by `now`; `first - 1` when none is."""
        return self._last(now, lambda period: period.due)

    def last_begun(self, now: datetime) -> int:
        """The number of the newest period that has begun by `now`; `first - 1` when none has."""
        return self._last(now, lambda period: period.start)

    def followed(self, number: int, *, interval: Interval | None = None, zone: str | None = None) -> Schedule:
        """The schedule from period `number` on, with another interval or in another zone."""
        begins = self._boundary(number - self.first)
        base = self._date(number - self.first)
        anchor_day = self.anchor_day if self.interval.unit in _MONTHS else base.day
        return Schedule(number, begins, base, anchor_day, interval or self.interval, zone or self.zone, self.due_s)

    def _last(self, now: datetime, moment: Callable[[Period], datetime]) -> int:
        low, high = self.first - 1, self._beyond(now)
        while high - low > 1:
            middle = (low + high) // 2
            if moment(self.period(middle)) <= now:
                low = middle
            else:
                high = middle
        return low

    def _boundary(self, count: int) -> datetime:
        """Where the period `count` after the first one starts."""
        return self.begins if count <= 0 else instant(self._date(count), 0, self.zone)

    def _date(self, count: int) -> date:
        skipped = self._skipped() if count > 0 else 0
        return self.interval.after(self.base, self.anchor_day, count + skipped)

    def _skipped(self) -> int:
        """1 where the first boundary is too near to the beginning, or before it."""
        first = instant(self.interval.after(self.base, self.anchor_day, 1), 0, self.zone)
        return 1 if first - self.begins < SHORTEST and first != self.begins else 0

    def _beyond(self, now: datetime) -> int:
        """A number whose period is not due yet: a day is at least as long as any zone makes it short."""
        days = max(0, (now - self.begins).days) + 3
        return self.first + days // (self.interval.every * _SHORT[self.interval.unit]) + 2


#: Fewer days than any interval of the unit has.
_SHORT: Final = {"day": 1, "week": 7, "month": 28, "year": 365}


def first_schedule(start: date, interval: Interval, zone: str, due_s: int) -> Schedule:
    """The schedule of a subscription whose first period begins on that local day."""
    return Schedule(1, instant(start, 0, zone), start, start.day, interval, zone, due_s)


def instant(day: date, second: int, zone: str) -> datetime:
    """The moment (UTC) of that second of a local day, by the rules above: both are what `fold=0` means."""
    wall = datetime.combine(day, time()) + timedelta(seconds=second)
    return wall.replace(tzinfo=_zone(zone)).astimezone(UTC)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
