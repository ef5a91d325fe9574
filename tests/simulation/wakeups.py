"""The queue: it holds wake-up calls, hands them to whoever lives, and is trusted with nothing.

The rule of the real one is kept: a call of a number is taken once while it is unacknowledged. Everything else may go
wrong, and the orders must not notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from producers.errors import LedgerUnavailable
from producers.runtime.ledger.results import Waking
from producers.runtime.queue.calls import WakeUp
from tests.simulation.faults import Buggify
from tests.simulation.processes import Process, Scheduler
from tests.simulation.times import HEARTBEAT_S

#: Seconds until a call is handed out, usually and when it is late.
DELIVERY_S: Final = 0.005
LATE_S: Final = 0.6

#: Starts the handler for an order on a process; None when that process takes nothing any more.
Deliver = Callable[[str, Callable[[], None]], Process | None]


class QueueDouble:
    """All wake-up calls of a world, of both queues: which is served first is a matter of speed, and here of chance."""

    def __init__(self, scheduler: Scheduler, buggify: Buggify, deliver: Deliver) -> None:
        self._scheduler = scheduler
        self._chance = scheduler.random.random
        self._buggify = buggify
        self._deliver = deliver
        #: Unacknowledged calls, with who holds each. One id may be on both queues.
        self.messages: dict[WakeUp, Process | None] = {}
        self.travelling = 0

    def delay_s(self) -> float:
        """How long a message is on its way in."""
        return self._chance() * DELIVERY_S

    def take_in(self, orders: Sequence[Waking]) -> None:
        """Place wake-up calls, each by its number.

        Raises:
            LedgerUnavailable: the queue does not answer; some were placed, or none.
        """
        for order_id, number, batch in orders:
            if self._buggify("queue.unavailable"):
                raise LedgerUnavailable("the double's queue does not answer", ambiguous=True)
            self.place(WakeUp(order_id, 0, number, batch))

    def place(self, call: WakeUp) -> None:
        """Once per id while it is unacknowledged."""
        if call in self.messages:
            return
        self.messages[call] = None
        if self._buggify("queue.lost"):
            return
        self._travel(call, DELIVERY_S)
        if self._buggify("queue.doubled"):
            self._travel(call, LATE_S)

    def worker_died(self, process: Process) -> None:
        """What it held comes back after a while."""
        for call, holder in self.messages.items():
            if holder is process:
                self._travel(call, HEARTBEAT_S * (1 + self._chance()))

    def _travel(self, call: WakeUp, within_s: float) -> None:
        delay_s = self._chance() * (LATE_S if self._buggify("queue.late") else within_s)
        self.travelling += 1
        self._scheduler.at(self._scheduler.now + delay_s, self._arrive, call)

    def _arrive(self, call: WakeUp) -> None:
        self.travelling -= 1
        if call not in self.messages:
            return

        def acknowledge() -> None:
            self.messages.pop(call, None)

        holder = self._deliver(call.order_id, acknowledge)
        if holder is None:
            self._travel(call, LATE_S)
            return
        self.messages[call] = holder
        if self._buggify("queue.requeued"):
            self._travel(call, LATE_S)


class QueueLink:
    """How one process reaches the queue."""

    def __init__(self, process: Process, queue: QueueDouble) -> None:
        self._process = process
        self._queue = queue

    async def enqueue(self, orders: Sequence[Waking]) -> None:
        """As `Wakeups.enqueue`.

        Raises:
            LedgerUnavailable: the queue does not answer.
        """
        await asyncio.sleep(self._queue.delay_s())
        if not self._process.alive:
            return  # a dead process' door
        self._queue.take_in(orders)
