"""Leadership under a ledger that is slow, away, or says that somebody else leads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import redis.asyncio

from producers.errors import LedgerUnavailable
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, AsyncLedger
from producers.runtime.ledger.scripts import NAMESPACE
from tests.eventually import eventually_async
from tests.ledgers import EPOCH, open_ledger
from workers.duties.leader import Leader
from workers.event_loop.cancelling import cancel_and_wait

T = TypeVar("T")

DUTY = "duty"
LEASE = f"{NAMESPACE}:lead:{DUTY}"
#: Turns of a duty that show that its term goes on.
TURNS = 5


class _Ledger:
    """The real one. While `slow` every reply comes when the lease is over; while `away` none does."""

    def __init__(self, ledger: AsyncLedger, *, slow: bool) -> None:
        self._ledger = ledger
        self._slow = slow
        self.away = False

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if self.away:
            raise LedgerUnavailable("it is away", ambiguous=True)
        reply = await self._ledger.run(call, patience_s=patience_s)
        if self._slow:
            await eventually_async(self._lease_over, "the end of the lease")
        return reply

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)

    async def _lease_over(self) -> bool:
        return not await self._ledger.read("EXISTS", LEASE)


class _Terms:
    """A duty that counts: the turns of each term, a question to the ledger each, and the terms that have ended."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self.turns: list[int] = []
        self.ended = 0

    async def run(self, lead: Callable[[], bool]) -> None:
        self.turns.append(0)
        while lead():
            await self._client.ping()
            self.turns[-1] += 1
        self.ended += 1


@asynccontextmanager
async def _leading(url: str, *, lease_s: float, slow: bool = False) -> AsyncIterator[tuple[_Ledger, _Terms]]:
    """A leader whose duty has got on for some turns of its first term."""
    open_ledger(url)
    async with redis.asyncio.Redis.from_url(url, protocol=2) as client:
        connected, terms = AsyncLedger(client, EPOCH), _Terms(client)
        ledger = _Ledger(connected, slow=slow)
        leader = Leader(DUTY, terms.run, ledger, lease_s=lease_s, on_trouble=lambda where, code: None)
        task = asyncio.create_task(leader.run())

        async def at_work() -> bool:
            assert not task.done()
            return bool(terms.turns) and terms.turns[-1] >= TURNS

        await eventually_async(at_work, "a term in which the duty gets on")
        yield ledger, terms
        await cancel_and_wait([task])
        await connected.aclose()


async def test_a_ledger_slower_than_the_lease_ends_no_term(ledger_url: str) -> None:
    """Every answer comes when the lease it granted is over, and nobody else asks: the duty still gets on."""
    async with _leading(ledger_url, lease_s=0.01, slow=True) as (_, terms):
        assert terms.ended == 0


async def test_who_is_told_that_another_leads_stops(ledger_url: str) -> None:
    """The lease is in other hands: the term ends."""
    async with _leading(ledger_url, lease_s=0.2) as (ledger, terms):
        await ledger.read("SET", LEASE, "another")

        async def ended() -> bool:
            return terms.ended == len(terms.turns)

        await eventually_async(ended, "the end of the term")


async def test_a_ledger_that_is_away_ends_the_term_with_the_lease(ledger_url: str) -> None:
    """Whether another leads cannot be asked, so it may be; once the ledger is back a new term begins."""
    async with _leading(ledger_url, lease_s=0.2) as (ledger, terms):
        before = len(terms.turns)
        ledger.away = True

        async def ended() -> bool:
            return terms.ended == before

        await eventually_async(ended, "the end of the term")
        ledger.away = False

        async def again() -> bool:
            return len(terms.turns) > before

        await eventually_async(again, "a new term")
