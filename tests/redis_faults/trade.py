"""A merchant who goes on selling, whatever is done to the system meanwhile."""

from __future__ import annotations

import threading

from producers.errors import LedgerUnavailable
from tests.redis_faults.shop import fields_of
from tests.stack import Stack

#: Seconds between two accepts of a producer.
PACE_S = 0.05
PRODUCERS = 4


class Trade:
    """Producers that accept an order every moment and repeat what was not answered, until they are stopped."""

    def __init__(self, stack: Stack) -> None:
        self._enqueuer = stack.enqueuer()
        self._over = threading.Event()
        self.accepted: list[str] = []
        self.refused: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(f"ORD-{n}",)) for n in range(PRODUCERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._enqueuer.close()

    def settled_since(self, count: int) -> bool:
        """Whether one of the orders accepted after the first `count` has its outcome."""
        try:
            return any(self._enqueuer.get(order_id).final for order_id in self.accepted[count : count + 3])
        except LedgerUnavailable:
            return False

    def _run(self, name: str) -> None:
        number = 0
        while not self._over.wait(PACE_S):
            order_id = f"{name}-{number}"
            try:
                self._enqueuer.charge(**fields_of(order_id))
            except LedgerUnavailable:
                continue  # the same order again, as its message says
            except Exception as error:
                self.refused.append(f"{order_id}: accept raised {type(error).__name__}")
            else:
                self.accepted.append(order_id)
            number += 1
