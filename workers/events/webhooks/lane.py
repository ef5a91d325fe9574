"""One endpoint's share of the work: what is ready for it, what is under way, and how much more it may have. No I/O.

Each endpoint has its own lane, so one that is slow fills its own places and nobody else's. One that fails gets a single
request at a time, with a rest after each: what waits does not use up its tries on a receiver that is away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from workers.events.webhooks.deliveries import Delivery
from workers.events.webhooks.endpoints import Endpoint
from workers.events.webhooks.schedule import FAILING, rest_s

#: Deliveries that are fetched ahead, for each request that may be under way.
AHEAD: Final = 4


class Lane:
    """Times are those of a clock that never goes back, in seconds."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        #: Ids of events that are ready, under way, or not written down yet.
        self.busy: set[str] = set()
        self.under_way = 0
        self._ready: deque[Delivery] = deque()
        self._failures = 0
        self._rests_until = 0.0

    @property
    def room(self) -> int:
        """How many more may be fetched."""
        return max(0, AHEAD * self.endpoint.concurrency - len(self.busy))

    def fetched(self, deliveries: Iterable[Delivery]) -> None:
        """These are due."""
        for delivery in deliveries:
            self.busy.add(delivery.event_id)
            self._ready.append(delivery)

    def drop(self) -> None:
        """Nothing more is to be sent; what is under way ends."""
        self.busy -= {delivery.event_id for delivery in self._ready}
        self._ready.clear()

    def next(self, now: float) -> Delivery | None:
        """What is to be sent now; it is under way from here on."""
        most = 1 if self._failures >= FAILING else self.endpoint.concurrency
        if not self._ready or self.under_way >= most or now < self._rests_until:
            return None
        self.under_way += 1
        return self._ready.popleft()

    def ended(self, success: bool, now: float) -> None:
        """One try has ended."""
        self.under_way -= 1
        self._failures = 0 if success else self._failures + 1
        self._rests_until = now + rest_s(self._failures)

    def stands(self, failures: int) -> None:
        """So often in a row it had failed when this began."""
        self._failures = failures

    def written(self, event_id: str) -> None:
        """What came of it is written down."""
        self.busy.discard(event_id)
