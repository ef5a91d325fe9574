"""Who comes first where orders wait in a worker: those that somebody waits for, then those of batches. Pure.

Batches are not starved: while both wait, a share of what is let through is theirs.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")

#: Percent of what is let through that goes to batches while others wait too.
SHARE = 10


class Share:
    """What of the next ones is a batch's, while both wait."""

    def __init__(self, percent: int = SHARE) -> None:
        self._percent = percent
        self._owed = 0

    def of(self, many: int) -> int:
        """How many of the next `many` are. What is no whole one yet is owed."""
        whole, self._owed = divmod(self._owed + many * self._percent, 100)
        return whole


class Line(Generic[T]):
    """Those who wait at one place. Among their like they are in the order of their turns, which are all different."""

    def __init__(self, percent: int = SHARE) -> None:
        self._first: list[tuple[int, T]] = []
        self._behind: list[tuple[int, T]] = []
        self._share = Share(percent)

    def __len__(self) -> int:
        return len(self._first) + len(self._behind)

    def add(self, turn: int, who: T, *, batch: bool) -> None:
        """One more waits."""
        heappush(self._behind if batch else self._first, (turn, who))

    def pop(self) -> T:
        """Whose turn it is."""
        behind = self._behind and (not self._first or self._share.of(1))
        _, who = heappop(self._behind if behind else self._first)
        return who
