"""Finds what the server thinks we hold and nobody here does.

A fetch takes ids off the list before its reply is on the wire; when the reply is lost, or a message cannot be
read, those ids stay in the set of a live worker for ever. The audit compares that set with what is in flight.
It never overlaps a fetch (`turn`), so an id known to the server and not to us was delivered to nobody: it
goes back on the queue, or into quarantine when no producer of ours wrote it. Both commands only touch ids we
still hold, so an ack that lands in between is respected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from itertools import islice

import structlog

from workers.event_loop.delivery import ID_MISMATCH, Foreign, read
from workers.event_loop.ports import LoopHooks, Quarantine
from workers.event_loop.settings import LoopSettings
from workers.event_loop.stock_queue import LOST, StockQueue

#: Messages read in one command: a foreign one may be of any size.
READ_MAX = 32

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Auditor:
    """Audits one queue. `known` tells the ids that are running or waiting for their ack."""

    def __init__(
        self,
        queue: StockQueue,
        actors: Container[str],
        known: Callable[[], set[bytes]],
        turn: asyncio.Lock,
        quarantine: Quarantine,
        settings: LoopSettings,
        hooks: LoopHooks,
    ) -> None:
        self._queue = queue
        self._actors = actors
        self._known = known
        self._turn = turn
        self._quarantine = quarantine
        self._settings = settings
        self._hooks = hooks
        self._due = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._interval_s = settings.audit_s

    def suspect(self) -> None:
        """Something was fetched that nobody got: look at once, and again, for a late fetch may still land."""
        self._interval_s = self._settings.audit_after_loss_s
        self._due.set()

    async def run(self) -> None:
        """Audit for ever."""
        while True:
            try:
                async with asyncio.timeout(self._interval_s):
                    await self._due.wait()
            except TimeoutError:
                self._interval_s = min(self._interval_s * 2, self._settings.audit_s)
            self._due.clear()
            if not await self.sweep():
                self._interval_s = self._settings.audit_after_loss_s

    async def sweep(self) -> bool:
        """One audit; False if something could not be put right and stays ours."""
        async with self._one_at_a_time:
            try:
                return await self._sweep()
            except LOST:
                self._hooks.command_failed(self._queue.name, "audit")
                return False

    async def _sweep(self) -> bool:
        async with self._turn:
            known = self._known()
            stranded = iter(await self._queue.held() - known)
        mended = True
        while chunk := list(islice(stranded, READ_MAX)):
            mended &= await self._mend(chunk)
        return mended

    async def _mend(self, ids: list[bytes]) -> bool:
        sound: list[bytes] = []
        gone: list[bytes] = []
        foreign: list[tuple[bytes, bytes, str]] = []
        for redis_id, raw in zip(ids, await self._queue.messages(ids), strict=True):
            if raw is None:
                gone.append(redis_id)
            elif reason := self._objection(redis_id, raw):
                foreign.append((redis_id, raw, reason))
            else:
                sound.append(redis_id)
        if sound:
            await self._queue.requeue(sound)
            self._hooks.requeued(self._queue.name, len(sound))
            log.warning("stranded_messages_requeued", queue=self._queue.name, count=len(sound))
        quarantined = [redis_id for redis_id, raw, reason in foreign if await self._put_aside(raw, reason)]
        refused = await self._queue.ack([*gone, *quarantined]) if gone or quarantined else []
        return not refused and len(quarantined) == len(foreign)

    def _objection(self, redis_id: bytes, raw: bytes) -> str | None:
        reading = read(raw, queue=self._queue.name, actors=self._actors)
        if isinstance(reading, Foreign):
            return reading.reason
        return None if reading.redis_id == redis_id else ID_MISMATCH

    async def _put_aside(self, raw: bytes, reason: str) -> bool:
        try:
            await self._quarantine.put(raw, reason)
        except Exception as error:  # a port: whatever it raises, the message stays ours and is offered again
            log.error("quarantine_failed", queue=self._queue.name, reason=reason, error=type(error).__name__)
            return False
        self._hooks.quarantined(self._queue.name, reason)
        log.error("message_quarantined", queue=self._queue.name, reason=reason, size_bytes=len(raw))
        return True
