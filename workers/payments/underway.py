"""Counts what one process works on: all of its orders, and those of which nobody knows yet where they will wait."""

from __future__ import annotations

from collections.abc import Callable


class UnderWay:
    """`tell` hears of every change of how many there are."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._count = 0
        self._arriving: set[str] = set()

    @property
    def arriving(self) -> int:
        """Orders begun that may yet come to the lane of an account."""
        return len(self._arriving)

    def begin(self, order_id: str) -> None:
        """One more, from its wake-up call on; `end` follows."""
        self._change(1)
        self._arriving.add(order_id)

    def end(self, order_id: str) -> None:
        """It has come to its end here, wherever it stands."""
        self._arriving.discard(order_id)
        self._change(-1)

    def arrived(self, order_id: str) -> None:
        """It has come to a lane, which counts it from here on, or never will: it is sent already."""
        self._arriving.discard(order_id)

    def _change(self, by: int) -> None:
        self._count += by
        self._tell(self._count)
