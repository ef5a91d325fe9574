"""What is done again and again, each at its own pace, by one thread."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

#: How much sooner or later than its time something may come, as a share of that: so that nothing falls into step.
JITTER = 0.5


@dataclass(slots=True)
class _Round:
    every_s: float
    deed: Callable[[], object]
    due_at: float


class Rounds:
    """Deeds with their paces. Times are seconds of any clock that goes forward; what was missed is not made up for."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - when something happens in a demo is no secret
        self._rounds: list[_Round] = []

    def add(self, every_s: float, deed: Callable[[], object], *, first_at: float) -> None:
        """From then on, about every so many seconds."""
        self._rounds.append(_Round(every_s, deed, first_at))

    def go(self, now: float) -> None:
        """Do what is due."""
        for each in self._rounds:
            if now >= each.due_at:
                each.deed()
                each.due_at = now + each.every_s * self._random.uniform(1 - JITTER, 1 + JITTER)
