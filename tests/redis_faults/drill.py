"""Orders on their way through the ledger, by the product's own calls, while something happens to Redis.

Producers accept and repeat what was not answered, as they are told to. Hands take each order as far as its lot says
and let go of it there, like a worker that dies. Everything that Redis confirms goes into the book at that moment. A
rival then tries to take every order once more.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from producers.acceptance import Order
from producers.contract import states
from producers.errors import LedgerLockdown, LedgerUnavailable, QueueFull
from tests.redis_faults.book import EVERYTHING, Book
from tests.redis_faults.campaign import Tally
from tests.redis_faults.hand import GIVE_UP_S, RELEASED, Hand
from tests.redis_faults.shop import Shop, charge_of, fields_of

#: How far an order's hand goes: everything that may stand in the ledger when somebody else comes.
LOTS = (states.ACCEPTED, states.CLAIMED, RELEASED, states.SENDING, states.APPROVED, states.APPROVED)
#: Orders of one round, orders under way at once, and orders in one call of a batch.
ORDERS, ABREAST, BATCH = 48, 12, 6
#: One group in so many is accepted by the blocking producer, in one call.
BATCH_EVERY = 4

Strike = Callable[[], Awaitable[None]]


class Drill:
    """One round's orders: `run` them through a strike, then `judge`."""

    def __init__(self, shop: Shop, name: str, rng: random.Random, *, orders: int = ORDERS) -> None:
        self.shop = shop
        self.book = Book()
        self.findings: Counter[str] = Counter()
        self._rng = rng
        self._lots = {f"{name}-{number}": rng.choice(LOTS) for number in range(orders)}
        self._hands = [Hand(f"{name}-{n}", shop.executor(), self.book, self.findings, rng) for n in ("a", "b")]
        self._rival = Hand(f"{name}-rival", shop.executor(), self.book, self.findings, rng)

    async def run(self, strike: Strike) -> None:
        """All orders; the strike comes when a random part of their confirmations is there."""
        until, reached = self._rng.randrange(1, 2 * len(self._lots)), asyncio.Event()
        self.book.on_told = lambda count: reached.set() if count >= until else None
        load, watch = asyncio.create_task(self._load()), asyncio.create_task(reached.wait())
        await asyncio.wait([load, watch], return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        await strike()
        await load

    async def judge(self, *, kept: frozenset[str] = EVERYTHING) -> Tally:
        """Hold the ledger against the book, let the rival try, and look again."""
        before = await self.shop.rows(self._lots)
        lost, doubled = self.book.lost(before, kept=kept), self.book.doubled(before)
        tried = (self._rival.carry(order_id, states.APPROVED) for order_id, row in before.items() if row.fields)
        await asyncio.gather(*tried)
        after = await self.shop.rows(self._lots)
        doubled += [line for line in self.book.doubled(after) if line not in doubled]
        return Tally(1, len(self.book.accepted), lost, doubled, self.findings)

    async def _load(self) -> None:
        abreast, names = asyncio.Semaphore(ABREAST), list(self._lots)

        async def one(order_id: str) -> None:
            async with abreast:
                if await self._accepted(order_id):
                    await self._carried(order_id)

        async def many(order_ids: Sequence[str]) -> None:
            async with abreast:
                taken = await self._accepted_in_batch(order_ids)
                await asyncio.gather(*(self._carried(order_id) for order_id in taken))

        async with asyncio.TaskGroup() as group:
            for start in range(0, len(names), BATCH):
                batch = names[start : start + BATCH]
                if start // BATCH % BATCH_EVERY == BATCH_EVERY - 1:
                    group.create_task(many(batch))
                else:
                    for order_id in batch:
                        group.create_task(one(order_id))

    async def _carried(self, order_id: str) -> None:
        await self._rng.choice(self._hands).carry(order_id, self._lots[order_id])

    async def _accepted(self, order_id: str) -> bool:
        """As a service does that repeats its call until it is answered."""
        give_up_at = asyncio.get_running_loop().time() + GIVE_UP_S
        while asyncio.get_running_loop().time() < give_up_at:
            try:
                order = await self.shop.enqueuer.charge(**fields_of(order_id))
            except LedgerUnavailable:
                self.findings["accept repeated by its producer"] += 1
            except (LedgerLockdown, QueueFull) as refusal:
                self.findings[f"accept refused: {refusal.code}"] += 1
                return False
            else:
                self.book.told(order.order_id, states.ACCEPTED)
                return True
        self.findings[f"STUCK: an accept without an answer for {GIVE_UP_S:g} s"] += 1
        return False

    async def _accepted_in_batch(self, order_ids: Sequence[str]) -> list[str]:
        """As a batch does that is started again where it was cut off."""

        def charge_all() -> list[str]:
            answers = self.shop.blocking.charge_many([charge_of(order_id) for order_id in order_ids])
            return [answer.order_id for answer in answers if isinstance(answer, Order)]

        give_up_at = asyncio.get_running_loop().time() + GIVE_UP_S
        while asyncio.get_running_loop().time() < give_up_at:
            try:
                taken = await asyncio.to_thread(charge_all)
            except LedgerUnavailable:
                self.findings["accept repeated by its producer"] += 1
            except (LedgerLockdown, QueueFull) as refusal:
                self.findings[f"accept refused: {refusal.code}"] += len(order_ids)
                return []
            else:
                for order_id in taken:
                    self.book.told(order_id, states.ACCEPTED)
                return taken
        self.findings[f"STUCK: a batch without an answer for {GIVE_UP_S:g} s"] += 1
        return []
