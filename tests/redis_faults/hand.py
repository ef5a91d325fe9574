"""One worker's way with an order through the product's own calls, as far as it is told to go; no gateway behind it.

It holds itself to the spine's rules (`workers/payments/charge.py`): a claim that is not answered is left where it is,
an intent that is not confirmed is given back and never sent, an outcome is recorded however long that takes.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from typing import TypeVar

from producers.contract import states
from producers.errors import LedgerLockdown, LedgerUnavailable, QueueFull
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Claimed, Granted, Moved
from tests.redis_faults.book import Book
from tests.redis_faults.shop import ACCOUNT
from workers.payments.endings import end

T = TypeVar("T")

#: Seconds a call is repeated for. With none the caller sees the outage itself; the long one outlasts every outage here.
PATIENCES_S = (0.0, 0.2, 20.0)
#: Seconds until whoever must get through has failed for good.
GIVE_UP_S = 40.0
#: No claim runs out within a round: whoever is let in has been let in wrongly.
LEASE_MS = PRESENCE_MS = 600_000
CLAIMS_MAX = 5
#: A lot beside the states: claimed, and given back.
RELEASED = "released"


class Hand:
    """A worker of the drill. `seen` is the highest number of intents that it heard of, as a worker remembers it."""

    def __init__(self, name: str, ledger: Executor, book: Book, findings: Counter[str], rng: random.Random) -> None:
        self.name = name
        self._ledger = ledger
        self._book = book
        self._findings = findings
        self._rng = rng
        self._seen = 0

    async def carry(self, order_id: str, lot: str) -> str:
        """Take an accepted order as far as its lot; the state it was last confirmed in, empty if none."""
        if lot == states.ACCEPTED:
            return ""
        try:
            record = await self._claimed(order_id)
            if record is None or lot == states.CLAIMED:
                return states.CLAIMED if record else ""
            if lot == RELEASED:
                return await self._released(record)
            if not await self._sent(record):
                return ""
            return states.SENDING if lot == states.SENDING else await self.recorded(record)
        except LedgerLockdown:
            self._findings["lockdown"] += 1
        except QueueFull:
            self._findings["refused: queue_full"] += 1
        except LedgerUnavailable:
            self._findings["left to sweeper and resolver: no answer in time"] += 1
        return ""

    async def promised(self, order_id: str) -> Record | None:
        """Take it until its request has left, for a caller that records the outcome later."""
        record = await self._claimed(order_id)
        return record if record and await self._sent(record) else None

    async def _claimed(self, order_id: str) -> Record | None:
        token = secrets.token_hex(16)
        call = calls.claim(
            order_id, token, self.name, lease_ms=LEASE_MS, claims_max=CLAIMS_MAX, presence_ms=PRESENCE_MS
        )
        await self._run(calls.present(self.name))
        match await self._run(call):
            case Claimed(record):
                self._book.told(order_id, states.CLAIMED, token)
                return record
            case _:
                return None

    async def _released(self, record: Record) -> str:
        if await self._give_back(record):
            self._book.told(record.order_id, states.ACCEPTED)
            return states.ACCEPTED
        return ""

    async def _sent(self, record: Record) -> bool:
        call = calls.intent(record.order_id, record.token, window_ms=LEASE_MS, account=ACCOUNT, seen=self._seen)
        try:
            answer = await self._run(call)
        except LedgerUnavailable:
            await self._give_back(record)  # whether it was written is not known; that nothing was sent is
            return False
        if not isinstance(answer, Granted):
            return False
        self._seen = max(self._seen, answer.sequence)
        self._book.told(record.order_id, states.SENDING, record.token)
        self._book.sent(record.order_id, record.token)
        return True

    async def recorded(self, record: Record) -> str:
        """Record the outcome of what was sent; the state, empty when the ledger took it for somebody else's."""
        call = end(record, states.APPROVED, states.APPROVED)
        moved = await self._ledger.run(call, patience_s=GIVE_UP_S)
        if isinstance(moved, Moved):
            self._book.told(record.order_id, states.APPROVED, record.token)
            return states.APPROVED
        return ""

    async def _give_back(self, record: Record) -> bool:
        call = calls.release(record.order_id, record.token, delay_ms=0, detail="drill")
        moved = await self._ledger.run(call, patience_s=GIVE_UP_S)
        return isinstance(moved, Moved)

    async def _run(self, call: Call[T]) -> T:
        return await self._ledger.run(call, patience_s=self._rng.choice(PATIENCES_S))
