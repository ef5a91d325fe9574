"""Fills free slots from the queues of a process: the first queue first, those behind it with what it leaves.

A first queue that was found empty is looked at before anything is taken from one behind it, so a message on it waits
for a slot and for no other message. It cannot starve the others: while all have messages, each of them gets its share
of the slots. A slot that the first does not need is not kept free for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workers.event_loop.consumer import Consumer
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots
from workers.precedence import Share


class Fetching:
    """Serves the queues of `consumers`, of which the first comes first. Lives on one loop."""

    def __init__(self, consumers: Sequence[Consumer], slots: Slots, settings: LoopSettings) -> None:
        self._first, *behind = consumers
        self._behind = [(consumer, Share(settings.behind_share)) for consumer in behind]
        self._consumers = tuple(consumers)
        self._slots = slots
        self._settings = settings
        self._may_fetch = asyncio.Event()
        self._may_fetch.set()
        self._stopping = False

    async def run(self) -> None:
        """Fetch and start until `stop`."""
        while not self._stopping:
            await self._may_fetch.wait()
            asked = await self._slots.take(self._settings.fetch_max)
            started = await self._fill(asked)
            self._slots.give_back(asked - started)
            if all(consumer.dry for consumer in self._consumers):
                await self._idle()

    async def pause(self) -> None:
        """Fetch nothing more; returns when no fetch is under way."""
        self._may_fetch.clear()
        for consumer in self._consumers:
            await consumer.pause()

    def resume(self) -> None:
        """Fetch again."""
        for consumer in self._consumers:
            consumer.resume()
        self._may_fetch.set()

    def stop(self) -> None:
        """Fetch nothing more, for good. What a fetch under way still brings is not started."""
        self._stopping = True
        for consumer in self._consumers:
            consumer.stop()
        self._may_fetch.set()
        self._slots.wake()

    async def _fill(self, free: int) -> int:
        """How many messages were started."""
        started = 0
        if not self._first.dry:
            for consumer, share in self._behind:
                if (not consumer.dry or consumer.look_due) and (owed := share.of(free)):
                    started += await consumer.fetch(min(owed, free - started))
        for consumer in self._consumers:
            if started < free and (consumer is self._first or not consumer.dry or consumer.look_due):
                started += await consumer.fetch(free - started)
        return started

    async def _idle(self) -> None:
        """Wait until there is something to fetch, or nothing should be fetched."""
        settings, failures = self._settings, self._failures()
        pause_s = settings.backoff_s(failures) if failures else settings.idle_min_s
        while not self._stopping and self._may_fetch.is_set():
            await asyncio.sleep(pause_s)
            if any(await asyncio.gather(*(consumer.look() for consumer in self._consumers))):
                return
            failures, before = self._failures(), failures
            pause_s = settings.backoff_s(failures) if failures > before else min(pause_s * 2, settings.idle_max_s)

    def _failures(self) -> int:
        return max(consumer.failures for consumer in self._consumers)
