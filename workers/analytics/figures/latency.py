"""Percentiles from classes of durations. Pure.

A class is at most 1/64 wide, and its shortest and longest are known; what is told for it is the middle of the two, by
factor. So a percentile is off by the root of 65/64 at the most, which is less than 1 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from typing import Any, Final, NamedTuple

from workers.analytics.sections import Cell, Section
from workers.analytics.shapes import LATENCY

#: Of what the columns are told.
PERCENTS: Final = (50, 90, 95, 99)


class Class(NamedTuple):
    """Durations that are told as one."""

    size: int
    shortest_ms: int
    longest_ms: int


def latency(rows: Iterable[Sequence[Any]]) -> Section:
    """From accepted to the outcome, and from when it could leave."""
    whole: dict[int, Class] = {}
    sent: dict[int, Class] = {}
    for whole_class, sent_class, count, *(whole_min, whole_max, sent_min, sent_max) in rows:
        _put(whole, whole_class, Class(count, whole_min, whole_max))
        if sent_class is not None:
            _put(sent, sent_class, Class(count, sent_min, sent_max))
    measured = (("accepted to outcome", whole), ("sent to outcome", sent))
    return Section(LATENCY, tuple((name, *_figures(list(classes.values()))) for name, classes in measured if classes))


def percentile_ms(classes: Sequence[Class], percent: int) -> int:
    """The duration within which so many of a hundred are, by nearest rank. `classes` must not be empty."""
    rank = ceil(sum(each.size for each in classes) * percent / 100)
    for each in sorted(classes, key=lambda each: each.shortest_ms):
        rank -= each.size
        if rank <= 0:
            break
    return each.shortest_ms if each.shortest_ms == each.longest_ms else round(sqrt(each.shortest_ms * each.longest_ms))


def _put(classes: dict[int, Class], key: int, more: Class) -> None:
    had = classes.get(key, Class(0, more.shortest_ms, more.longest_ms))
    shortest, longest = min(had.shortest_ms, more.shortest_ms), max(had.longest_ms, more.longest_ms)
    classes[key] = Class(had.size + more.size, shortest, longest)


def _figures(classes: Sequence[Class]) -> tuple[Cell, ...]:
    percentiles = (percentile_ms(classes, percent) for percent in PERCENTS)
    return (sum(each.size for each in classes), *percentiles, max(each.longest_ms for each in classes))
