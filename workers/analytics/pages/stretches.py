"""Days put together, so that a chart has no more columns than one can tell apart. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workers.analytics.pages.outcomes import Counts, add_up
from workers.analytics.sections import Cell
from workers.analytics.wording import MONTHS, short_day


@dataclass(frozen=True, slots=True)
class Stretches:
    """`unit` is day, week, month or year."""

    unit: str
    counts: Sequence[Counts]


#: How days are put together, the finest first: the first day of a stretch, and its name.
_UNITS: Final[Sequence[tuple[str, Callable[[date], date], Callable[[date], str]]]] = (
    ("day", lambda day: day, short_day),
    ("week", lambda day: day - timedelta(days=day.weekday()), short_day),
    ("month", lambda day: day.replace(day=1), lambda day: f"{MONTHS[day.month - 1][:3]} {day.year % 100:02}"),
    ("year", lambda day: day.replace(month=1, day=1), lambda day: str(day.year)),
)


def stretches(records: Iterable[dict[str, Cell]], columns_max: int) -> Stretches:
    """The records of days in the finest unit of which there are not too many."""
    by_day: dict[date, list[dict[str, Cell]]] = {}
    for record in records:
        by_day.setdefault(date.fromisoformat(str(record["day"])), []).append(record)
    for unit, first_of, name in _UNITS:  # noqa: B007 - the last one is what is found
        groups: dict[date, list[dict[str, Cell]]] = {}
        for day in sorted(by_day):
            groups.setdefault(first_of(day), []).extend(by_day[day])
        if len(groups) <= columns_max or unit == _UNITS[-1][0]:
            break
    return Stretches(unit, [add_up(name(first), group) for first, group in groups.items()])
