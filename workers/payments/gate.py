"""Lets intents through no faster than send credits appear, without asking the ledger once per waiting order.

Credits live in the ledger, because they bound all workers of an account together. When they run out, one order of
this process asks every few milliseconds and the others queue behind it; a grant says how many may follow.
"""

from __future__ import annotations

import asyncio
from collections import deque

#: Seconds between two orders that are let through to ask while credits are out.
ASK_EVERY_S = 0.005


class Draining(Exception):
    """This worker is stopping: nothing new may be promised."""


class CreditGate:
    """The queue in front of one account's intents, in one process."""

    def __init__(self) -> None:
        self._queue: deque[asyncio.Future[None]] = deque()
        self._pacer: asyncio.Task[None] | None = None
        self._draining = False

    @property
    def waiting(self) -> int:
        """Orders queued for a credit in this process."""
        return len(self._queue)

    @property
    def pacing(self) -> bool:
        """Whether credits ran out a moment ago."""
        return self._pacer is not None

    def drain(self) -> None:
        """Turn away everybody who waits, and everybody who comes."""
        self._draining = True
        self._let_through(len(self._queue))

    async def enter(self) -> None:
        """Wait for one's turn to ask for an intent; no wait at all while nobody was refused.

        Raises:
            Draining: the worker is stopping.
        """
        if self._pacer is not None and not self._draining:
            await self._turn()
        if self._draining:
            raise Draining

    async def refused(self) -> None:
        """The ledger had no credit: queue up to ask again.

        Raises:
            Draining: the worker is stopping.
        """
        if self._pacer is None and not self._draining:
            self._pacer = asyncio.create_task(self._pace())
        await self.enter()

    def granted(self, credits_left: int) -> None:
        """The ledger granted an intent and has this many credits left for everybody."""
        self._let_through(credits_left)

    async def _turn(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        await turn

    async def _pace(self) -> None:
        await asyncio.sleep(ASK_EVERY_S)
        while self._queue:
            self._let_through(1)
            await asyncio.sleep(ASK_EVERY_S)
        self._pacer = None

    def _let_through(self, many: int) -> None:
        while many > 0 and self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                many -= 1
