"""A request that does not arrive, or a reply that does not: for every call there is, blocking and on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import redis

from producers.contract import states
from producers.contract.names import QUEUE_PAYMENTS
from producers.enqueue import Enqueuer
from producers.errors import LedgerUnavailable, ProducerError
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.scripts import script
from producers.runtime.queue.calls import SHA as ENQUEUE_SHA
from producers.runtime.queue.calls import message_keys
from tests.proxy import CuttingProxy
from tests.redis_faults.audit import contradictions
from tests.redis_faults.campaign import Progress, Tally
from tests.redis_faults.everything import every_call
from tests.redis_faults.shop import LEDGER_DB, QUEUE_DB, Shop, a_shop, charge_of, fields_of

LOST = {"request": CuttingProxy.cut_request, "reply": CuttingProxy.cut_reply}
CLIENTS = ("event loop", "blocking")
#: What must have happened to an order before the call about it is made, and where it is afterwards.
BEFORE = {"claim": ("accept",), "intent": ("accept", "claim")}
BEFORE |= dict.fromkeys(("release", "settle"), ("accept", "claim", "intent"))
AFTER = {
    "accept": [states.ACCEPTED],
    "claim": [states.ACCEPTED, states.CLAIMED],
    "intent": [states.ACCEPTED, states.CLAIMED, states.SENDING],
    "release": [states.ACCEPTED, states.CLAIMED, states.SENDING, states.ACCEPTED],
    "settle": [states.ACCEPTED, states.CLAIMED, states.SENDING, states.APPROVED],
}
#: Said once only: whoever reads the gateway's list reads it again.
ONCE = frozenset({"sight"})
#: Every word: the name of its script, and beside the ledger's own the one that founds it and the one of the queue.
SCRIPTS = (*every_call("-"), "found", "enqueue")


def lost_words(rounds: int, directory: Path, progress: Progress) -> Tally:
    """Every word lost in every way, so many times over; a round is one word."""
    total = Tally()
    with EmbeddedValkey(directory / "valkey") as valkey, CuttingProxy(valkey.port) as wire:
        asyncio.run(_all(rounds, directory, valkey, wire, total, progress))
        total.findings.update(contradictions(valkey.url(LEDGER_DB)))
    return total


async def _all(
    rounds: int, directory: Path, valkey: EmbeddedValkey, wire: CuttingProxy, total: Tally, progress: Progress
) -> None:
    async with a_shop(directory, wire.port) as shop:
        for repeat, (name, lost, client) in product(range(rounds), product(SCRIPTS, LOST, CLIENTS)):
            order_id = f"W{repeat}-{name.replace('_', '-')}-{lost}-{client.replace(' ', '-')}"
            matches = wire.matches
            word = _Word(shop, valkey, wire, order_id, blocking=client == "blocking")
            tally = Tally(1, 1)
            tally.lost += [f"{order_id}: {what}" for what in await word.lost(name, lost)]
            if wire.matches != matches + 1:
                tally.lost.append(f"{order_id}: the word was never said")
            total.add(tally)
            progress(total)


class _Word:
    """One word about one order, through a wire that loses it."""

    def __init__(
        self, shop: Shop, valkey: EmbeddedValkey, wire: CuttingProxy, order_id: str, *, blocking: bool
    ) -> None:
        self._shop = shop
        self._valkey = valkey
        self._wire = wire
        self._order_id = order_id
        self._calls = every_call(order_id)
        self._blocking = blocking

    async def lost(self, name: str, lost: str) -> list[str]:
        """Say it, lose it, and tell what is not as it should be."""
        if name == "found":
            return await self._found(lost)
        if name == "enqueue":
            return await self._enqueue(lost)
        for earlier in BEFORE.get(name, ()):
            await self._run(self._calls[earlier])
        LOST[lost](self._wire, script(name).sha.encode())
        try:
            await self._run(self._calls[name])
            told = not (name in ONCE and not self._blocking)
        except LedgerUnavailable as error:
            told = name in ONCE and error.ambiguous
        wrong = [] if told else ["its caller was told the wrong thing"]
        if name in AFTER:
            row = (await self._shop.rows([self._order_id]))[self._order_id]
            path = [line.state for line in row.history]
            wrong += [] if path == AFTER[name] else [f"its history is {path}"]
        return wrong

    async def _found(self, lost: str) -> list[str]:
        """A producer that starts: it is told that there was no answer, and starts again."""
        LOST[lost](self._wire, b":epoch")
        try:
            Enqueuer(self._shop.settings).close()
        except ProducerError as error:
            if not isinstance(error, LedgerUnavailable):
                return [f"it was refused with {error.code}"]
            Enqueuer(self._shop.settings).close()
        return []

    async def _enqueue(self, lost: str) -> list[str]:
        """The accept stands; the message is there, or the sweeper's to bring; never twice."""
        LOST[lost](self._wire, ENQUEUE_SHA.encode())
        if self._blocking:
            await asyncio.to_thread(lambda: list(self._shop.blocking.charge_many([charge_of(self._order_id)])))
        else:
            await self._shop.enqueuer.charge(**fields_of(self._order_id))
        with redis.Redis.from_url(self._valkey.url(QUEUE_DB), protocol=2) as queue:
            ids = list(_queued(queue))
        return [f"is {ids.count(self._order_id)} times on the queue"] if ids.count(self._order_id) > 1 else []

    async def _run(self, call: Call[Any]) -> None:
        if self._blocking:
            await asyncio.to_thread(self._shop.blocking_executor().run, call)
        else:
            await self._shop.executor().run(call)


def _queued(queue: redis.Redis) -> Iterator[str]:
    for name in queue.execute_command("LRANGE", message_keys(QUEUE_PAYMENTS)[0], 0, -1):
        yield name.decode()
