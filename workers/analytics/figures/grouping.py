"""Rows put together by what they share, and the order in which that is shown. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from workers.analytics.answers import Slice
from workers.analytics.kinds import PAYMENTS

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def grouped(rows: Iterable[T], key: Callable[[T], K]) -> Mapping[K, list[T]]:
    """The rows by their key."""
    found: defaultdict[K, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def payments_of(slices: Iterable[Slice]) -> list[Slice]:
    """Those that are payments."""
    return [each for each in slices if each.kind in PAYMENTS]
