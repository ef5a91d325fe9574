"""Brings payments in parts to their end: what was taken of one that failed is given back, and its owner is told.

How a payment stands is read off its orders at each look, and whatever is done about it is an order with a name of its
own, or a wish that is kept once. So two that look at once do no harm, nor does one that dies between two steps: the
next look finds what is missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol, cast

from msgspec import MsgspecError

from cardinity_client.errors import MoneyError
from cardinity_client.money import NO_MONEY
from producers.acceptance import prepare
from producers.contract.events import encode
from producers.contract.follow_ups import FollowUp
from producers.contract.names import REFUND, VOID
from producers.contract.split_events import End, SplitPartData, split_event
from producers.contract.states import APPROVED
from producers.errors import EnvelopeError, OrderConflict
from producers.runtime.ledger import calls, keys, split_calls
from producers.runtime.ledger.clock import ledger_now_ms
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.splits import looking
from producers.splits.accepting import SplitPart, SplitPayment
from workers.workflows.sealing import Sealers

#: Seconds between two rounds, and payments looked at in one.
ROUND_EVERY_S: Final = 0.5
ROUND_MAX: Final = 200
#: An open one is looked at again after so great a part of its age, within these bounds (ms): most end in a second, and
#: one that waits for a human is no hurry.
REST_PART: Final = 0.1
REST_MIN_MS, REST_MAX_MS = 300, 60_000


class SplitWatcher(Protocol):
    """What is told of payments in parts."""

    def split_ended(self, state: str, split_id: str) -> None: ...
    def split_stuck(self, order_id: str) -> None: ...
    def trouble(self, where: str, code: str, order_id: str) -> None: ...


class Splits:
    """Rounds over the payments that have not ended, while their owner leads."""

    def __init__(self, ledger: Executor, sealers: Sealers, watcher: SplitWatcher) -> None:
        self._ledger = ledger
        self._sealers = sealers
        self._watcher = watcher

    async def run(self, lead: Callable[[], bool]) -> None:
        """Round after round until leadership ends."""
        while lead():
            if await self.round() < ROUND_MAX:
                await asyncio.sleep(ROUND_EVERY_S)

    async def round(self) -> int:
        """Look once at those whose time has come; how many that were."""
        now_ms = await ledger_now_ms(self._ledger)
        due = await self._ledger.read("ZRANGEBYSCORE", keys.SPLITS, "-inf", now_ms, "LIMIT", 0, ROUND_MAX)
        await asyncio.gather(*(self._look(split_id.decode(), now_ms) for split_id in due))
        return len(due)

    async def _look(self, split_id: str, now_ms: int) -> None:
        try:
            await self._tend(split_id, now_ms)
        except (KeyError, ValueError, MoneyError, MsgspecError):
            # A row that somebody has forged with a producer's password holds up no other.
            self._watcher.trouble("splits", "row_unreadable", split_id)
            await self._ledger.run(split_calls.rest(split_id, delay_ms=REST_MAX_MS, stuck=()))

    async def _tend(self, split_id: str, now_ms: int) -> None:
        row = await self._ledger.read(*looking.row_of(split_id))
        look = looking.look(split_id, row)
        answers = await asyncio.gather(*(self._ledger.read(*question) for question in look.questions))
        split = look.told(answers)
        if split.final:
            await self._tell(split)
            return
        parts = {part.order_id: part for part in split.parts}
        for order_id in split.standing.call_back:
            await self._ledger.run(calls.withdraw(order_id))
        for order_id in split.standing.undo:
            await self._undo(parts[order_id], settle=look.made.settle)
        await self._rest(split, now_ms)

    async def _undo(self, part: SplitPart, *, settle: bool) -> None:
        """Accept the order that gives the part back, unless it was accepted before."""
        assert part.undo_next is not None, "or there would be nothing to be done"
        record = await self._record(part.order_id)
        kind, amount = (REFUND, part.amount) if settle else (VOID, NO_MONEY)
        undo = FollowUp(kind, part.undo_next, record.text("payment_id"), amount, None, record.lane)
        try:
            sealer = self._sealers.of(record.text("producer"))
            acceptance = prepare(undo, sealer, now_ms=int(time.time() * 1000), grace_ms=0)
            acceptance.told(await self._ledger.run(acceptance.call))
        except (EnvelopeError, OrderConflict) as error:
            self._watcher.trouble("splits", error.code, part.order_id)

    async def _tell(self, split: SplitPayment) -> None:
        record = await self._record(split.parts[0].order_id)
        event = split_event(
            split_id=split.split_id,
            state=cast("End", split.state),
            producer=record.text("producer"),
            total=split.total,
            parts=[_data(part) for part in split.parts],
            time_ms=int(time.time() * 1000),
        )
        orders = [(part.order_id, part.state) for part in split.parts]
        orders += [(part.undone_by, APPROVED) for part in split.parts if part.undone_by and part.undone == APPROVED]
        call = split_calls.tell(split.split_id, split.state, orders, event_id=event.id, event=encode(event))
        if await self._ledger.run(call) == "told":
            self._watcher.split_ended(split.state, split.split_id)

    async def _rest(self, split: SplitPayment, now_ms: int) -> None:
        age_ms = now_ms - split.created_at_ms
        delay_ms = int(min(max(age_ms * REST_PART, REST_MIN_MS), REST_MAX_MS))
        stuck = split.standing.stuck
        if await self._ledger.run(split_calls.rest(split.split_id, delay_ms=delay_ms, stuck=stuck)):
            for order_id in stuck:
                self._watcher.split_stuck(order_id)

    async def _record(self, order_id: str) -> Record:
        return record_from(order_id, await self._ledger.read("HGETALL", keys.order(order_id)))


def _data(part: SplitPart) -> SplitPartData:
    return SplitPartData(
        recipient=part.recipient,
        order_id=part.order_id,
        amount=part.amount.text,
        state=part.state,
        undone=part.undone if part.undone == APPROVED else None,
    )
