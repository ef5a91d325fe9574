"""FLUSHALL: every later call answers with a lockdown, nothing is sent. FLUSHDB of the queue: the sweeper refills it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

import redis

from producers.contract import states
from producers.contract.names import QUEUE_PAYMENTS
from producers.enqueue import Enqueuer
from producers.errors import LedgerLockdown, ProducerError
from producers.runtime.clients import async_client
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.record import Record
from producers.runtime.queue.calls import SWEEP_MARK, message_keys
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.drill import Drill
from tests.redis_faults.everything import answers, every_call
from tests.redis_faults.shop import QUEUE_DB, Shop, a_shop
from workers.duties.sweeper import Sweeper, SweepRules
from workers.duties.wakeups import QueueWakeups

#: Orders of one round, and of the attempt to go on after a flush.
ORDERS, AFTER = 24, 6
LOCKDOWN = "ledger_lockdown"


def flushes(rounds: int, directory: Path, progress: Progress, *, queue_only: bool = False) -> Tally:
    """A server that is flushed, or its queue only, in the middle of everything."""
    total = Tally()
    play = _queue_flushed if queue_only else _all_flushed
    with EmbeddedValkey(directory / "valkey") as valkey:
        for number in range(rounds):
            _flush(valkey.url(), "FLUSHALL")
            total.add(asyncio.run(play(directory / str(number), valkey, random.Random(number))))
            progress(total)
    return total


async def _all_flushed(directory: Path, valkey: EmbeddedValkey, rng: random.Random) -> Tally:
    """The orders themselves are gone, that was the command; what counts is that nobody begins anew."""
    async with a_shop(directory, valkey.port) as shop:
        drill = Drill(shop, "F", rng, orders=ORDERS)
        await drill.run(lambda: asyncio.to_thread(_flush, valkey.url(), "FLUSHALL"))
        tally = Tally(1, len(drill.book.accepted), findings=drill.findings)
        again = Drill(shop, "F", rng, orders=AFTER)  # the same names: a merchant who repeats what seems to be lost
        await again.run(partial(asyncio.to_thread, lambda: None))
        tally.doubled += [f"{order_id}: went on after the flush" for order_id in again.book.pages]
        for name, answer in (await answers(shop.executor(), every_call("F-0"))).items():
            if answer != LOCKDOWN:
                tally.doubled.append(f"{name} answered {answer} on a flushed ledger")
        with suppress(LedgerLockdown):
            Enqueuer(shop.settings).close()
            tally.doubled.append("a producer that was started again took the flushed ledger for a new one")
        tally.doubled += _misleading(shop, "F-0")
        return tally


def _misleading(shop: Shop, order_id: str) -> list[str]:
    """What a merchant's program reads of an order that was flushed."""
    try:
        shop.blocking.get(order_id)
    except ProducerError as error:
        return [] if error.code == LOCKDOWN else [f"Enqueuer.get answers {error.code}, not a lockdown"]
    return ["Enqueuer.get answers from a flushed ledger"]


async def _queue_flushed(directory: Path, valkey: EmbeddedValkey, rng: random.Random) -> Tally:
    """Every order that waits to be taken is on the queue again after one sweep, once."""
    async with a_shop(directory, valkey.port, DUE_GRACE_S="0.001") as shop:
        drill = Drill(shop, "Q", rng, orders=ORDERS)
        await drill.run(lambda: asyncio.to_thread(_flush, valkey.url(QUEUE_DB), "FLUSHDB"))
        rows = await shop.rows(drill.book.accepted)
        await asyncio.to_thread(_flush, valkey.url(QUEUE_DB), "FLUSHDB")
        await _swept(shop)
        queued = _queued(valkey.url(QUEUE_DB))
        tally = await drill.judge()
        for order_id, row in rows.items():
            if row.state == states.ACCEPTED and not queued[order_id]:
                tally.lost.append(f"{order_id}: is accepted and on no queue")
            elif queued[order_id] > 1:
                tally.doubled.append(f"{order_id}: is on the queue {queued[order_id]} times")
        return tally


class _Nobody:
    """No order of a drill is pending at a gateway."""

    async def follow_up(self, record: Record) -> None: ...


async def _swept(shop: Shop) -> None:
    """What the sweeper does every half second. The drill's hands hold what they hold for longer."""
    client = async_client(shop.settings.redis_queue_url, shop.settings)
    rules = SweepRules(interval_s=0.1, batch=500, of_batches=1, grace_s=0.0, grace_max_s=0.0, presence_s=600.0)
    await Sweeper(shop.executor(), QueueWakeups(client), _Nobody(), rules, lambda *_: None).sweep()
    await client.aclose()


def _queued(queue_url: str) -> Counter[str]:
    with redis.Redis.from_url(queue_url, protocol=2) as queue:
        ids = cast("list[bytes]", queue.execute_command("LRANGE", message_keys(QUEUE_PAYMENTS)[0], 0, -1))
        return Counter(name.decode().partition(SWEEP_MARK)[0] for name in ids)


def _flush(url: str, command: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.execute_command(command)
