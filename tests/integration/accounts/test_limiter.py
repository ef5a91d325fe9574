"""One process' share of an account's rate, on a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from producers.runtime.ledger.executors import AsyncLedger
from tests import ledgers
from workers.payments.limiter import REST_MAX_S, Limiter, Waiting

BUCKET = "pay:tokens:main"


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[AsyncLedger]:
    ledgers.open_ledger(ledger_url)
    client = redis.asyncio.Redis.from_url(ledger_url, protocol=2)
    ledger = AsyncLedger(client, ledgers.EPOCH)
    yield ledger
    await ledger.aclose()
    await client.aclose()


async def hold_time(ledger: AsyncLedger) -> None:
    """As if none passed for the bucket from now on, however long the machine takes."""
    await ledger.read("HSET", BUCKET, "at", 2**50)


async def test_a_handful_is_one_question(ledger: AsyncLedger) -> None:
    """Most orders take what is there and ask nobody."""
    limiter = Limiter("main", ledger, ceiling=1000)
    assert await limiter.take()
    before = ledger.round_trips
    taken = [await limiter.take() for _ in range(20)]
    assert (all(taken), ledger.round_trips - before) == (True, 0)


async def test_everybody_is_served(ledger: AsyncLedger) -> None:
    """Many more than a handful at once, each in its turn."""
    limiter = Limiter("main", ledger, ceiling=1000)
    assert await asyncio.gather(*(limiter.take() for _ in range(200))) == [True] * 200


async def test_nobody_waits_beyond_its_time(ledger: AsyncLedger) -> None:
    """An order whose turn does not come goes back."""
    limiter = Limiter("main", ledger, ceiling=1, waiting=Waiting(wait_s=0.05))
    assert await limiter.take()
    await hold_time(ledger)
    assert not await limiter.take()


async def test_no_more_wait_than_have_their_turn(ledger: AsyncLedger) -> None:
    """Ten a second, for one of two processes, over four seconds: half of twenty may wait, and a tenth of batches'."""
    limiter = Limiter("main", ledger, ceiling=10, waiting=Waiting(wait_s=4.0, sharers=2))
    assert (limiter.vacancies(), limiter.vacancies(batch=True)) == (10, 2)
    waiting = [asyncio.create_task(limiter.take()) for _ in range(10)]
    await asyncio.sleep(0)  # all have come, and none has heard of the ledger
    assert (limiter.vacancies(), limiter.vacancies(batch=True), await limiter.take()) == (0, 2, False)
    limiter.drain()
    await asyncio.gather(*waiting)


async def test_a_crowd_is_told_to_come_one_after_the_other(ledger: AsyncLedger) -> None:
    """Each a token later than the one before, so that they come no faster than they are sent; nobody for ever later."""
    limiter = Limiter("main", ledger, ceiling=2)
    rests = [limiter.rest_s(batch=True) for _ in range(4)]
    assert rests == pytest.approx([0.5, 1.0, 1.5, 2.0], abs=0.4)
    assert limiter.rest_s() < 1.0, "those that somebody waits for are not told to come behind batches"
    assert max(limiter.rest_s(batch=True) for _ in range(10_000)) <= REST_MAX_S


async def test_a_worker_that_stops_lets_nobody_wait(ledger: AsyncLedger) -> None:
    """Who waits and who comes is turned away."""
    limiter = Limiter("main", ledger, ceiling=1)
    waiting = [asyncio.create_task(limiter.take()) for _ in range(3)]
    await asyncio.sleep(0)
    limiter.drain()
    taken = await asyncio.gather(*waiting)
    assert (taken[1:], await limiter.take()) == ([False, False], False)


async def test_a_complaint_slows_everybody_down(ledger: AsyncLedger) -> None:
    """Another process hears of it through the bucket."""
    first, second = Limiter("main", ledger, ceiling=1000), Limiter("main", ledger, ceiling=1000)
    first.complained()
    await first.take()
    await second.take()
    # Half of it, and what it grows by in some seconds of a busy machine's.
    assert 500 <= float(await ledger.read("HGET", BUCKET, "rate")) < 700


async def test_orders_of_batches_are_served_last(ledger: AsyncLedger) -> None:
    """They came first and wait; of those that come now, most are served before the rest of them."""
    limiter = Limiter("main", ledger, ceiling=100)
    served: list[str] = []

    async def take(name: str, *, batch: bool) -> None:
        assert await limiter.take(batch=batch)
        served.append(name)

    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(take("batch", batch=True))
        await asyncio.sleep(0)
        for _ in range(20):
            group.create_task(take("waited for", batch=False))
    last = max(at for at, name in enumerate(served) if name == "waited for")
    # What was under way already, and one of ten; in turn they would come after all hundred.
    assert served[:last].count("batch") < 50
