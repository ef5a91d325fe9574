"""What a clock showed that was moved, told by its moves. Pure.

Such a clock runs on like the real one, ahead of it or behind it, and is only ever moved forward. So of every moment of
real time it is known what it showed then, and two moments never change their order by being read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

#: Moves that a clock may have made: a story of three years, four moves a day.
MOVES_MAX: Final = 5000
#: Milliseconds since 1970 UTC of the latest moment that can be shown: the year 9000.
LATEST_MS: Final = 221_845_392_000_000


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this moment of real time on the clock is so far ahead; behind, where that is negative. Milliseconds."""

    real_ms: int
    ahead_ms: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A clock by its moves, oldest first; the first is how it began."""

    moves: tuple[Move, ...]

    def at(self, real_ms: int) -> int:
        """What it showed at that moment of real time. Before it was there it had begun already."""
        ahead_ms = next((move.ahead_ms for move in reversed(self.moves) if move.real_ms <= real_ms), None)
        return real_ms + (self.moves[0].ahead_ms if ahead_ms is None else ahead_ms)

    def moved(self, to_ms: int, real_ms: int) -> Timeline:
        """The same clock, which shows `to_ms` now.

        Raises:
            ValueError: that is not ahead of what it shows, later than a clock can show, or it has moved too often.
        """
        if to_ms < self.at(real_ms):
            raise ValueError("the clock only goes forward")
        if to_ms > LATEST_MS:
            raise ValueError("the clock goes to the year 9000")
        if len(self.moves) >= MOVES_MAX:
            raise ValueError(f"the clock has made {MOVES_MAX} moves: start another sandbox")
        return Timeline((*self.moves, Move(real_ms, to_ms - real_ms)))


def began(shows_ms: int, real_ms: int) -> Timeline:
    """A clock that shows that at the beginning."""
    return Timeline((Move(real_ms, shows_ms - real_ms),))
