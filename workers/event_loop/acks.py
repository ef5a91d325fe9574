"""Acknowledgements: gathered into pipelines, repeated until the server confirms them, never dropped.

An ack given up is a message that runs again after the next restart. Refusals pass (READONLY after a failover,
OOM, LOADING, BUSY, NOREPLICAS, MISCONF), so all of them are repeated. What waits here keeps its slot, which
bounds the list: a server that takes no acks soon gives no messages either.
"""

from __future__ import annotations

import asyncio

import structlog

from workers.event_loop.ports import LoopHooks
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots
from workers.event_loop.stock_queue import LOST, StockQueue

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Acks:
    """The acknowledgements of one queue that the server has not confirmed yet."""

    def __init__(self, queue: StockQueue, slots: Slots, settings: LoopSettings, hooks: LoopHooks) -> None:
        self._queue = queue
        self._slots = slots
        self._settings = settings
        self._hooks = hooks
        self._waiting: list[bytes] = []
        self._added = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._failures = 0

    @property
    def waiting(self) -> frozenset[bytes]:
        """Ids not confirmed yet, those under way included."""
        return frozenset(self._waiting)

    def add(self, redis_id: bytes) -> None:
        """Acknowledge soon."""
        self._waiting.append(redis_id)
        self._empty.clear()
        self._added.set()

    async def drained(self) -> None:
        """Wait until the server has confirmed all."""
        await self._empty.wait()

    async def run(self) -> None:
        """Send for ever, one pipeline at a time; what arrives meanwhile makes the next one."""
        while True:
            await self._added.wait()
            if len(self._waiting) < self._settings.ack_batch_max:
                await asyncio.sleep(self._settings.ack_wait_s)
            if not await self._flush():
                await asyncio.sleep(self._settings.backoff_s(self._failures))

    async def _flush(self) -> bool:
        batch = self._waiting[: self._settings.ack_batch_max]
        try:
            refused = await self._queue.ack(batch)
        except LOST as error:
            self._note_failure(type(error).__name__)
            return False
        self._waiting[: len(batch)] = refused
        self._slots.give_back(len(batch) - len(refused))
        self._hooks.acked(self._queue.name, len(batch) - len(refused))
        if not self._waiting:
            self._added.clear()
            self._empty.set()
        if refused:
            self._note_failure("refused")
            return False
        self._note_success()
        return True

    def _note_failure(self, error: str) -> None:
        self._failures += 1
        self._hooks.command_failed(self._queue.name, "ack")
        if self._failures == 1:
            log.warning("ack_failed", queue=self._queue.name, error=error, waiting=len(self._waiting))

    def _note_success(self) -> None:
        if self._failures:
            log.info("ack_recovered", queue=self._queue.name, failures=self._failures)
        self._failures = 0
