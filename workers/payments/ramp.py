"""Lets the backlog of an account go gently once it may send again. Pure.

After an outage thousands of orders wait, all due at once. A gateway that has just come back would be met by all of
them together, and go down again. Those that somebody waits for go first: while some of them are expected back, batches
have only their share of what may be on its way.
"""

from __future__ import annotations

from dataclasses import dataclass

from workers.precedence import SHARE

#: Orders on their way at the beginning, and every so many seconds twice as many.
START, DOUBLING_S = 4, 1.0
#: More than a process works on at once: from there on nothing is held back.
MOST = 1 << 14


@dataclass(frozen=True, slots=True)
class Ramp:
    """One return, which began at that moment of the loop's clock. `batch_share` is as in `precedence`."""

    began_at: float
    batch_share: int = SHARE

    def over(self, now: float) -> bool:
        """Whether nothing is held back any more."""
        return self.allowed(now) >= MOST

    def allowed(self, now: float) -> int:
        """Orders that may be on their way at that moment."""
        return min(MOST, START << int(min(max(0.0, now - self.began_at) / DOUBLING_S, 20.0)))

    def wait_s(self, in_flight: int, now: float, *, of_batches: int | None = None) -> float:
        """How long one more must wait, at the least; 0 when it may go. One that stands behind those that somebody waits
        for says how many `of_batches` are on their way already."""
        allowed = self.allowed(now)
        passes = in_flight < allowed and (of_batches is None or of_batches < allowed * self.batch_share // 100)
        return 0.0 if passes else DOUBLING_S - (now - self.began_at) % DOUBLING_S
