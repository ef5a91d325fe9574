"""Subscriptions by the month in which they were first charged, and how many were charged later on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workers.analytics.figures.aftermath import month_of
from workers.analytics.figures.grouping import grouped
from workers.analytics.sections import Section
from workers.analytics.shapes import COHORTS
from workers.analytics.tally import rate


def cohorts(rows: Iterable[Sequence[Any]]) -> Section:
    """A row for each month and number of periods later in which somebody was charged."""
    groups = grouped(rows, lambda row: (row[0], month_of(row[1]), row[2]))
    sums = {key: (sum(row[3] for row in group), sum(row[4] for row in group)) for key, group in groups.items()}
    made = []
    for key, (count, money) in sorted(sums.items()):
        first, _ = sums.get((*key[:2], 0), (0, 0))
        made.append((*key, count, rate(count, first), money))
    return Section(COHORTS, tuple(made))
