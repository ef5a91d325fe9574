"""Places wake-up calls on the queue for the sweeper."""

from __future__ import annotations

import time
from collections.abc import Sequence

import redis.asyncio
from redis.exceptions import NoScriptError

from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.queue import ENQUEUE_MAX, WakeUp, enqueue


class QueueWakeups:
    """Wake-up calls on Dramatiq's queue. Repeating one that is still queued does nothing."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client

    async def enqueue(self, orders: Sequence[tuple[str, int]]) -> None:
        """Place a call for each (order_id, number).

        Raises:
            LedgerUnavailable: the queue does not answer; the orders stay due.
        """
        now_ms = int(time.time() * 1000)
        for start in range(0, len(orders), ENQUEUE_MAX):
            call = enqueue([WakeUp(order_id, now_ms, n) for order_id, n in orders[start : start + ENQUEUE_MAX]])
            try:
                try:
                    await self._client.execute_command(*call.by_sha)
                except NoScriptError:
                    await self._client.execute_command(*call.by_source)
            except LOST as error:
                raise translate(error) from None
