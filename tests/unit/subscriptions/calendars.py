"""Calendars drawn by a seed: any interval, any zone, any first day, moved to other terms a few times."""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from zoneinfo import available_timezones

from producers.subscriptions.schedule.calendar import UNITS, Interval, Schedule, first_schedule

#: Zones with laws worth a test are drawn as often as all others together.
ODD_ZONES = (
    "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut",
    "Asia/Gaza", "Asia/Tehran", "Atlantic/Azores", "Australia/Lord_Howe", "Europe/Dublin", "Europe/Vilnius",
    "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Pago_Pago", "UTC",
)  # fmt: skip
ALL_ZONES = tuple(sorted(available_timezones()))
#: Long enough for leap days and for both of a year's changes of clocks.
PERIODS = 24
_EVERY_MAX = {"day": 45, "week": 8, "month": 18, "year": 4}


def calendars(count: int, seed: int = 1) -> Iterator[list[Schedule]]:
    """So many, each as its schedules in order; every schedule but the last ends where the next begins."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _calendar(chance)


def _calendar(chance: random.Random) -> list[Schedule]:
    year, month = chance.randint(1990, 2060), chance.randint(1, 12)
    last = monthrange(year, month)[1]
    day = chance.choice((1, last, last, chance.randint(1, last)))
    schedules = [first_schedule(date(year, month, day), _interval(chance), _zone(chance), chance.randrange(24 * 3600))]
    for _ in range(chance.choice((0, 0, 1, 2))):
        number = schedules[-1].first + chance.randint(1, PERIODS // 4)
        interval = _interval(chance) if chance.random() < 0.5 else None
        schedules.append(schedules[-1].followed(number, interval=interval, zone=_zone(chance)))
    return schedules


def _interval(chance: random.Random) -> Interval:
    unit = chance.choice(UNITS)
    return Interval(chance.choice((1, 1, chance.randint(1, _EVERY_MAX[unit]))), unit)


def _zone(chance: random.Random) -> str:
    return chance.choice((chance.choice(ODD_ZONES), chance.choice(ALL_ZONES)))


def anchored(schedule: Schedule, local: date) -> bool:
    """Whether that local day is the anchor day, or the last day of a month that has none."""
    return local.day == min(schedule.anchor_day, monthrange(local.year, local.month)[1])
