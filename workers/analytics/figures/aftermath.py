"""What came after payments: refunds and chargebacks by the month of the payment, and what is not found out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from workers.analytics.ages import AGES
from workers.analytics.answers import Moment
from workers.analytics.figures.grouping import grouped
from workers.analytics.local_time import day_of
from workers.analytics.sections import Cell, Section
from workers.analytics.shapes import CHARGEBACKS, REFUNDS, UNRESOLVED
from workers.analytics.tally import Tally, rate, tally

#: The row of chargebacks whose payment is no order's.
FOREIGN: Final = "no order"


def refunds(moments: Sequence[Moment], rows: Iterable[Sequence[Any]]) -> Section:
    """A row for each month in which money was taken, or whose payments were given back."""
    months = _months(moments)
    given = grouped(rows, lambda row: (row[0], month_of(row[1])))
    made = []
    for currency, month in sorted({*months, *given}):
        taken = months.get((currency, month), Tally())
        count, money = _sums(given.get((currency, month), ()))
        made.append((currency, month, taken.taken_count, taken.taken, count, money, *_rates(taken, count, money)))
    return Section(REFUNDS, tuple(made))


def chargebacks(moments: Sequence[Moment], rows: Iterable[Sequence[Any]], foreign: Iterable[Sequence[Any]]) -> Section:
    """The same of chargebacks, and a row for those that are no order's."""
    months = _months(moments)
    disputed = grouped(((row[0], month_of(row[1]), *row[2:]) for row in rows), lambda row: row[:2])
    elsewhere = grouped(((row[0], FOREIGN, *row[1:]) for row in foreign), lambda row: row[:2])
    made: list[tuple[Cell, ...]] = []
    for currency, month in sorted({*months, *disputed, *elsewhere}):
        group = [*disputed.get((currency, month), ()), *elsewhere.get((currency, month), ())]
        taken = months.get((currency, month), Tally())
        count, money = _sums(group)
        by_status = (_sums(row for row in group if row[2] == each)[0] for each in ("initiated", "approved", "declined"))
        rates = _rates(taken, count, money)
        made.append((currency, month, taken.taken_count, taken.taken, count, *by_status, money, *rates))
    return Section(CHARGEBACKS, tuple(made))


def unresolved(rows: Iterable[Sequence[Any]]) -> Section:
    """A row for each state and class of age that there is."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[2]))
    made = tuple((currency, state, AGES[age], *figures) for currency, state, age, *figures in ordered)
    return Section(UNRESOLVED, made)


def month_of(local_ms: int) -> str:
    """The month of a local time, as 2026-01."""
    return day_of(local_ms).isoformat()[:7]


def _months(moments: Sequence[Moment]) -> dict[tuple[str, str], Tally]:
    days = [each for each in moments if each.grain == "day"]
    groups = grouped(days, lambda each: (each.currency, month_of(each.local_ms)))
    tallies = {key: tally(each.outcome for each in group) for key, group in groups.items()}
    return {key: each for key, each in tallies.items() if each.taken_count}


def _sums(rows: Iterable[Sequence[Any]]) -> tuple[int, int]:
    """Counts and money stand at the end of each row."""
    both = [(row[-2], row[-1]) for row in rows]
    return sum(count for count, _ in both), sum(money for _, money in both)


def _rates(taken: Tally, count: int, money: int) -> tuple[float | None, float | None]:
    return rate(count, taken.taken_count), rate(money, taken.taken)
