"""The recovery path that needs no broker (rule R8): what is due goes back on the queue, what is overdue is named. And
what was accepted is told, where nobody has taken the order yet.

Three finds: orders accepted but never taken, orders held by a worker that is gone, and attempts whose time is over.
The first two are enqueued again, at a bounded pace; the last become `unknown`, which is the resolver's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from cardinity_client.errors import MoneyError
from producers.contract import states
from producers.runtime.ledger import due_calls, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import Moved, Waking
from workers.payments.endings import end

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Wakeups(Protocol):
    """The queues, as the sweeper needs them."""

    async def enqueue(self, orders: Sequence[Waking]) -> None:
        """Place wake-up calls, each by its number. Does nothing for one that is still queued."""


class Pending(Protocol):
    """Who follows up payments that the gateway has accepted but not finished."""

    async def follow_up(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class SweepRules:
    """Seconds between sweeps, orders per sweep and the least of batches among them, and when an accepted order is first
    and at the latest looked at."""

    interval_s: float
    batch: int
    of_batches: int
    grace_s: float
    grace_max_s: float
    presence_s: float


class Sweeper:
    """One sweep after the other while it leads."""

    def __init__(
        self,
        ledger: Executor,
        wakeups: Wakeups,
        pending: Pending,
        rules: SweepRules,
        count: Callable[[str, int], None],
    ) -> None:
        self._ledger = ledger
        self._wakeups = wakeups
        self._pending = pending
        self._rules = rules
        self._count = count

    async def run(self, lead: Callable[[], bool]) -> None:
        """Sweep until leadership ends."""
        while lead():
            found = await self.sweep()
            # A full batch means that more is due: the pace is bounded by the batch, not by the pause.
            await asyncio.sleep(self._rules.interval_s if found < self._rules.batch else 0)

    async def sweep(self) -> int:
        """Act on everything that is due now, at most one batch of each kind; answers how many orders that was, of the
        kind that had most."""
        rules = self._rules
        presence_ms = int(rules.presence_s * 1000)
        reaped = await self._ledger.run(due_calls.reap(presence_ms=presence_ms, limit=rules.batch))
        due = await self._ledger.run(
            due_calls.sweep(
                limit=rules.batch,
                grace_ms=int(rules.grace_s * 1000),
                grace_max_ms=int(rules.grace_max_s * 1000),
                batch_least=rules.of_batches,
                tell=rules.batch,
            )
        )
        # First what needs no broker: that may be away for long, while more and more orders fall due (rule R8).
        await self._follow_up(reaped.overdue, "worker_gone")
        await self._follow_up(due.overdue, "deadline_over")
        if enqueue := (*reaped.enqueue, *due.enqueue):
            await self._wakeups.enqueue(enqueue)
            self._count("enqueued", len(enqueue))
        return max(due.told, len(due.enqueue) + len(due.overdue))

    async def _follow_up(self, overdue: Sequence[str], why: str) -> None:
        await asyncio.gather(*(self._follow(order_id, why) for order_id in overdue))

    async def _follow(self, order_id: str, why: str) -> None:
        try:
            await self._move_on(order_id, why)
        except (MoneyError, ValueError) as error:
            # A row that somebody has forged with a producer's password holds up no other.
            log.error("row_unreadable", order_id=order_id, error=type(error).__name__)

    async def _move_on(self, order_id: str, why: str) -> None:
        record = record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))
        if record.state == states.PENDING:
            await self._pending.follow_up(record)
        elif record.state == states.SENDING:
            moved = await self._ledger.run(end(record, states.UNKNOWN, why))
            self._count("made_unknown", 1 if isinstance(moved, Moved) else 0)
