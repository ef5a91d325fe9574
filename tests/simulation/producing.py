"""A producer process: accepts one order, and places its wake-up call, as a service with the product's library does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from producers.acceptance import Acceptance, Order
from producers.contract import states
from producers.errors import LedgerUnavailable, OrderConflict
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Waking
from tests.simulation.faults import Buggify
from tests.simulation.processes import Process
from workers.duties.sweeper import Wakeups

#: Times a service repeats an accept that was not answered, and its pause, seconds.
TRIES: Final = 20
PAUSE_S: Final = 0.05
#: The producer calls its charge back so many seconds after it was accepted. No seed draws it: a variant asks for it.
CALLS_BACK: Final = "producer.calls_back"
CALLS_BACK_AFTER_S: Final = 0.004


class Producer:
    """One call of `charge`. The order's content is the same in every world; only what surrounds it differs."""

    def __init__(
        self,
        process: Process,
        ledger: Executor,
        queue: Wakeups,
        buggify: Buggify,
        wanted: Acceptance,
        called_back: Callable[[str], object],
        told: Callable[[Acceptance, Order | None], object],
        *,
        batch: bool,
    ) -> None:
        self.process = process
        self.done = False
        self._ledger = ledger
        self._queue = queue
        self._buggify = buggify
        self._acceptance = wanted
        self._called_back = called_back
        self._told = told
        self._batch = batch

    async def produce(self) -> None:
        """Until the ledger has answered, or patience is over."""
        try:
            for _ in range(TRIES):
                try:
                    await self._once()
                    return
                except LedgerUnavailable:
                    await asyncio.sleep(PAUSE_S)
        finally:
            self.done = True

    async def _once(self) -> None:
        answer = await self._ledger.run(self._acceptance.call)
        try:
            order = self._acceptance.told(answer)
        except OrderConflict:
            self._buggify.note("order conflict")
            self._told(self._acceptance, None)
            return
        self._told(self._acceptance, order)
        if self._buggify("producer.dies") or order.state != "accepted":
            return
        await self._queue.enqueue([Waking(order.order_id, 0, self._batch)])
        if not order.kind and self._buggify(CALLS_BACK):
            await asyncio.sleep(CALLS_BACK_AFTER_S)
            await self._call_back(order.order_id)

    async def _call_back(self, order_id: str) -> None:
        known = await self._ledger.run(calls.withdraw(order_id))
        if isinstance(known, Record) and known.state in (states.ACCEPTED, states.CLAIMED):
            self._called_back(order_id)
