"""Places wake-up calls on the queue for the sweeper."""

from __future__ import annotations

import time
from collections.abc import Sequence

import redis.asyncio

from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.results import Waking
from producers.runtime.queue import WakeUp, in_calls, place_async


class QueueWakeups:
    """Wake-up calls on Dramatiq's queues. Repeating one that is still queued does nothing."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client

    async def enqueue(self, orders: Sequence[Waking]) -> None:
        """Place each call on the queue of its order.

        Raises:
            LedgerUnavailable: the queue does not answer; the orders stay due.
        """
        now_ms = int(time.time() * 1000)
        for call in in_calls([WakeUp(it.order_id, now_ms, it.number, it.batch) for it in orders]):
            try:
                await place_async(self._client, call)
            except LOST as error:
                raise translate(error) from None
