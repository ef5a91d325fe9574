"""Places hints on the queue: a payment's id, and nothing else of what came in."""

from __future__ import annotations

import time

import redis.asyncio

from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.link import Link
from producers.runtime.queue import Hint, enqueue, place_async


class HintQueue:
    """Dramatiq's queue. A hint that is still there is not placed again."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._link = Link(client)

    async def place(self, payment_id: str) -> None:
        """Let a worker look at that payment.

        Raises:
            LedgerUnavailable, QueueFull: it was not placed, or nobody knows; place it again.
        """
        try:
            await place_async(self._link, enqueue([Hint(payment_id, int(time.time() * 1000))]))
        except LOST as error:
            raise translate(error) from None

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()
