"""When one order is looked at again under its payment, and which looks in a row did not show it.

Every look is a read of the gateway for one order alone, so they come ever less often. And they stand apart: what
leaves a row out of one answer leaves it out of the next that comes at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

#: Seconds between two looks at the least and at the most, and in between as a share of the time since the intent: with
#: an H of twenty minutes some sixty looks, the last of them half a minute apart.
GAP_MIN_S: Final = 1.0
GAP_MAX_S: Final = 30.0
GAP_SHARE: Final = 0.1
#: Orders whose looks are remembered; the longest forgotten one is looked at anew.
REMEMBERED: Final = 10_000


@dataclass(slots=True)
class _Looked:
    next_at: float = 0.0
    absences: tuple[int, ...] = field(default=())


class Looks:
    """By token, on the loop's clock."""

    def __init__(self, *, gap_min_s: float = GAP_MIN_S, gap_share: float = GAP_SHARE) -> None:
        self._gap_min_s = gap_min_s
        self._gap_share = gap_share
        self._looked: dict[str, _Looked] = {}

    def due(self, token: str) -> bool:
        """Whether it is time for another look."""
        looked = self._looked.get(token)
        return looked is None or asyncio.get_running_loop().time() >= looked.next_at

    def begun(self, token: str, age_s: float) -> None:
        """A look began so long after the intent."""
        looked = self._looked.get(token)
        if looked is None:
            if len(self._looked) >= REMEMBERED:
                del self._looked[next(iter(self._looked))]
            looked = self._looked[token] = _Looked()
        gap_s = min(max(self._gap_min_s, age_s * self._gap_share), GAP_MAX_S)
        looked.next_at = asyncio.get_running_loop().time() + gap_s

    def absent(self, token: str, started_ms: int, wanted: int) -> tuple[int, ...]:
        """The starts of the latest `wanted` looks in a row that did not show it, this one included."""
        looked = self._looked.setdefault(token, _Looked())
        looked.absences = (*looked.absences, started_ms)[-wanted:]
        return looked.absences

    def interrupted(self, token: str) -> None:
        """A look that proves nothing."""
        if looked := self._looked.get(token):
            looked.absences = ()

    def forget(self, token: str) -> None:
        """Its way went on."""
        self._looked.pop(token, None)
