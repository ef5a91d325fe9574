"""With replicas: lets events out of the outbox once their transitions are on all of them (rule R7).

Read the end of the outbox, write behind it, wait until the replicas have that write: then everything up to the end
that was read is theirs too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import Executor

#: Seconds between two looks at the outbox.
LOOK_EVERY_S = 0.02
#: Events published in one step.
BATCH_MAX = 500


class Publisher:
    """Empties the outbox while it leads."""

    def __init__(self, ledger: Executor) -> None:
        self._ledger = ledger

    async def run(self, lead: Callable[[], bool]) -> None:
        """Publish until leadership ends."""
        while lead():
            if await self.publish() < BATCH_MAX:
                await asyncio.sleep(LOOK_EVERY_S)

    async def publish(self) -> int:
        """Publish what every replica has; answers how many events that were.

        Raises:
            LedgerUnavailable: the replicas do not have it yet; the events stay where they are.
        """
        newest = await self._ledger.read("XREVRANGE", keys.OUTBOX, "+", "-", "COUNT", 1)
        if not newest:
            return 0
        await self._ledger.run(calls.fence())
        return await self._ledger.run(calls.publish(newest[0][0].decode(), BATCH_MAX))
