"""When a declined renewal is tried again: so many days later, at an hour at which its subscriber is awake, and if wages
are about to arrive, on that day. Pure; all of it in the subscriber's own time zone.

A moment is never moved to an earlier one. Hours that a change of the clocks skips are read as the hour after it, and of
hours that come twice the first is meant.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

#: Rungs of one ladder. Networks allow no more tries in a month.
RUNGS_MAX: Final = 15
#: Days of one rung.
WAIT_MAX_D: Final = 30


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a plan goes on after declines."""

    #: Days to wait after the first decline, after the second, and so on; with the last of them the tries end.
    waits_d: tuple[int, ...] = (1, 3, 5, 7, 7)
    #: From which full hour to before which one it is tried: nobody can act on a message of three in the morning.
    from_hour: int = 9
    to_hour: int = 20
    #: Days of the month on which wages arrive; -1 is its last day, and a day that a month has not is its last.
    pay_days: tuple[int, ...] = ()
    #: How many days a try waits for such a day.
    pay_day_reach_d: int = 3
    #: How long before the last try the subscriber is warned.
    warning_d: int = 2

    def __post_init__(self) -> None:
        if len(self.waits_d) > RUNGS_MAX or not all(1 <= days <= WAIT_MAX_D for days in self.waits_d):
            raise ValueError(f"waits_d: at most {RUNGS_MAX} waits of 1 to {WAIT_MAX_D} days")
        if not 0 <= self.from_hour < self.to_hour <= 24:
            raise ValueError("from_hour, to_hour: two hours of a day, the earlier first")
        if not all(day == -1 or 1 <= day <= 31 for day in self.pay_days):
            raise ValueError("pay_days: 1 to 31, or -1")
        if not 0 <= self.pay_day_reach_d <= WAIT_MAX_D or not 0 <= self.warning_d <= WAIT_MAX_D:
            raise ValueError(f"pay_day_reach_d, warning_d: 0 to {WAIT_MAX_D} days")


@dataclass(frozen=True, slots=True)
class Rung:
    """The next try. `warn_at` is when its subscriber hears that it is the last; None if it is not."""

    at: datetime
    warn_at: datetime | None

    @property
    def last(self) -> bool:
        """Whether no other follows it."""
        return self.warn_at is not None


def next_rung(
    ladder: Ladder, declines: int, declined_at: datetime, zone: ZoneInfo, *, wait_s: int = 0, wages: bool = False
) -> Rung | None:
    """The try after so many declines (1 or more), the latest at `declined_at`; None when there is none left.

    `wait_s` is what the card's network asks to wait at the least. `wages`: the card lacked money, so the day on which
    it arrives is waited for.
    """
    if declines > len(ladder.waits_d):
        return None
    local = declined_at.astimezone(zone)
    day = local.date() + timedelta(days=ladder.waits_d[declines - 1])
    at = max(_moment(day, local.time(), zone), (declined_at + timedelta(seconds=wait_s)).astimezone(zone))
    if wages:
        at = _on_pay_day(ladder, at, zone)
    at = _awake(ladder, at, zone)
    last = declines == len(ladder.waits_d)
    return Rung(at.astimezone(UTC), _warning(ladder, at, declined_at, zone) if last else None)


def awake(ladder: Ladder, at: datetime, zone: ZoneInfo) -> datetime:
    """That moment, or the first after it at which the subscriber is awake (UTC)."""
    return _awake(ladder, at.astimezone(zone), zone).astimezone(UTC)


def _warning(ladder: Ladder, at: datetime, declined_at: datetime, zone: ZoneInfo) -> datetime:
    """At the hour of the try, so many days before; where that would be in the past, as soon as somebody is awake."""
    before = _moment(at.date() - timedelta(days=ladder.warning_d), at.time(), zone)
    return max(before.astimezone(UTC), awake(ladder, declined_at, zone))


def _on_pay_day(ladder: Ladder, at: datetime, zone: ZoneInfo) -> datetime:
    for later in range(ladder.pay_day_reach_d + 1):
        day = at.date() + timedelta(days=later)
        if _is_pay_day(ladder, day):
            return _moment(day, at.time(), zone)
    return at


def _is_pay_day(ladder: Ladder, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    return any(day.day == (last if wages == -1 else min(wages, last)) for wages in ladder.pay_days)


def _awake(ladder: Ladder, at: datetime, zone: ZoneInfo) -> datetime:
    if at.hour < ladder.from_hour:
        return _moment(at.date(), time(ladder.from_hour), zone)
    if at.hour >= ladder.to_hour:
        return _moment(at.date() + timedelta(days=1), time(ladder.from_hour), zone)
    return at


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That local time as a moment there is: through UTC and back a time that was skipped becomes the one after."""
    return datetime.combine(day, clock.replace(tzinfo=None, fold=0), zone).astimezone(UTC).astimezone(zone)
