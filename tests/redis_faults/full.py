"""Redis is full: an accept is refused cleanly, and what was sent already still gets its outcome."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redis

from producers.contract import states
from producers.errors import QueueFull
from producers.runtime.embedded import EmbeddedValkey
from tests.redis_faults.book import Book
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.everything import RAN, answers, every_call
from tests.redis_faults.hand import Hand
from tests.redis_faults.rounds import Ground, in_chapters
from tests.redis_faults.shop import LEDGER_DB, Shop, a_shop, fields_of

#: Orders that are being sent when memory runs out, those that wait, and bytes of room that are left.
SENDING, WAITING, ROOM = 6, 6, 64_000
#: Accepts until a server with so little room must be full.
FILL_MAX = 500


def full(rounds: int, directory: Path, progress: Progress) -> Tally:
    """Rounds of running out of memory in the middle of the work, and of having it again."""
    return in_chapters(rounds, directory, progress, _filled)


@asynccontextmanager
async def _filled(directory: Path) -> AsyncIterator[Ground]:
    with EmbeddedValkey(directory / "valkey") as valkey, redis.Redis.from_url(valkey.url(LEDGER_DB)) as admin:
        async with a_shop(directory, valkey.port) as shop:

            async def play(name: str, rng: random.Random) -> Tally:
                try:
                    return await _one(shop, admin, name, rng)
                finally:
                    admin.config_set("maxmemory", 0)

            yield Ground(play, lambda: valkey.url(LEDGER_DB))


async def _one(shop: Shop, admin: redis.Redis, name: str, rng: random.Random) -> Tally:
    book, findings = Book(), Counter[str]()
    hand = Hand(f"{name}-hand", shop.executor(), book, findings, rng)
    sending = [f"{name}-S{number}" for number in range(SENDING)]
    waiting = [f"{name}-W{number}" for number in range(WAITING)]
    for order_id in (*sending, *waiting):
        await shop.enqueuer.charge(**fields_of(order_id))
        book.told(order_id, states.ACCEPTED)
    records = [await hand.promised(order_id) for order_id in sending]
    admin.config_set("maxmemory", admin.info("memory")["used_memory"] + ROOM)
    refused = await _fill(shop, book, name)
    tally = Tally(1, findings=findings)
    if not refused:
        tally.findings[f"NOT FULL after {FILL_MAX} accepts"] += 1
    for order_id in refused:
        tally.lost += await _half_there(shop, order_id)
    for record in records:
        if record is None or not await hand.recorded(record):
            tally.lost.append(f"{record and record.order_id}: charged, and its outcome was refused")
    tally.findings.update(await _refusals(shop, f"{name}-nobody"))
    admin.config_set("maxmemory", 0)
    await shop.give_credits()  # one of the calls may have run, and was a read of the list
    for order_id in refused:
        await shop.enqueuer.charge(**fields_of(order_id))
        book.told(order_id, states.ACCEPTED)
    for order_id in waiting:
        if await hand.carry(order_id, states.APPROVED) != states.APPROVED:
            tally.lost.append(f"{order_id}: cannot be worked off after memory came back")
    rows = await shop.rows(book.pages)
    tally.accepted = len(book.accepted)
    tally.lost += book.lost(rows)
    tally.doubled += book.doubled(rows)
    return tally


async def _fill(shop: Shop, book: Book, name: str) -> list[str]:
    """Accept until three were refused; their names."""
    refused: list[str] = []
    for number in range(FILL_MAX):
        order_id = f"{name}-F{number}"
        try:
            await shop.enqueuer.charge(**fields_of(order_id))
        except QueueFull as error:
            assert error.code == "queue_full"
            refused.append(order_id)
            if len(refused) == 3:
                break
        else:
            book.told(order_id, states.ACCEPTED)
    return refused


async def _half_there(shop: Shop, order_id: str) -> list[str]:
    row = (await shop.rows([order_id]))[order_id]
    return [f"{order_id}: was refused and is there as {row.state or row.fields}"] if row.fields else []


async def _refusals(shop: Shop, order_id: str) -> list[str]:
    """Which calls a full server refuses: what a worker cannot do until there is memory again."""
    found = await answers(shop.executor(), every_call(order_id))
    return [f"{name} on a full server: {answer}" for name, answer in found.items() if answer != RAN]
