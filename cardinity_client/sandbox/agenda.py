"""What comes true later: no timers, only a look at the clock whenever somebody looks at a book."""

import heapq
from collections.abc import Callable

#: Gets the moment it was due, which may be long before anybody looks.
Happening = Callable[[int], object]


class Agenda:
    """Everything that is due, the earliest first. A book asks `ripen` before it tells anything."""

    __slots__ = ("_count", "_now_ms", "due")

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._count = 0
        #: Public so that a book with nothing on its agenda can pass by for the price of a look.
        self.due: list[tuple[int, int, Happening]] = []

    def later(self, delay_ms: int, happening: Happening) -> None:
        """Comes true `delay_ms` from now; of two for the same moment the first that was entered."""
        self._count += 1
        heapq.heappush(self.due, (self._now_ms() + delay_ms, self._count, happening))

    def ripen(self) -> None:
        """Lets everything happen whose time has come."""
        while self.due and self.due[0][0] <= self._now_ms():
            due_ms, _, happening = heapq.heappop(self.due)
            happening(due_ms)
