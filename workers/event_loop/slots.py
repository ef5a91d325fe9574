"""The bound on messages in flight, shared by all queues of a process."""

from __future__ import annotations

import asyncio


class Slots:
    """A counter that can be waited on: taken before a fetch, given back once the ack is confirmed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._freed = asyncio.Event()

    @property
    def used(self) -> int:
        """Slots taken now."""
        return self._used

    async def take(self, at_most: int) -> int:
        """Take what is free, waiting until there is some; 0 only after `wake`."""
        if self._used >= self._limit:
            self._freed.clear()
            await self._freed.wait()
        taken = min(at_most, self._limit - self._used)
        self._used += taken
        return taken

    def give_back(self, count: int) -> None:
        """Free that many."""
        self._used -= count
        if count:
            self._freed.set()

    def wake(self) -> None:
        """Let waiters look at why they wait."""
        self._freed.set()
