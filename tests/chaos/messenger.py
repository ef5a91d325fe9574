"""Processes of outbound webhooks that die at each of their steps, one after the other.

`python -m tests.chaos.messenger STATE_DIR ARCHIVE_URL LEDGER_URL EPOCH RECEIVER_URL SEED ROUNDS` forks each of them, as
`archivist` does. At the end it says, as JSON, how many died at each step. After 0 rounds it lives, and works.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import redis
import redis.asyncio

from cardinity_client.secret import Secret
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from tests.archives import archive_settings
from tests.chaos.archivist import PACE, Blow, DyingBook, DyingStream, await_death, forked
from workers.duties.leader import Leader
from workers.events.archive.archiver import Archiver
from workers.events.webhooks.book import DeliveryBook
from workers.events.webhooks.courier import Courier
from workers.events.webhooks.deliveries import Deliveries, Tried
from workers.events.webhooks.endpoints import TYPES, Endpoint, Endpoints
from workers.events.webhooks.schedule import Health
from workers.events.webhooks.sending import Answer, Sender
from workers.events.webhooks.service import READER

#: Where it may die: as it reads, as it sends, and as it writes down what came of that.
STEPS: Final = (
    "begun",
    "read",
    "moved",
    "written",
    "committed",
    "told",
    "sending",
    "answered",
    "recording",
    "recorded",
)
#: Seconds that a lease holds: the next one is not to wait for long.
LEASE_S: Final = 0.2


class DyingDeliveries(Deliveries):
    """The deliveries, with a blow before and behind what is recorded."""

    def __init__(self, archive: Archive, blow: Blow) -> None:
        super().__init__(archive, READER, _disabled)
        self._blow = blow

    def record(self, tried: Sequence[Tried]) -> None:
        """As theirs, with a step before and behind it."""
        self._blow.at("recording")
        super().record(tried)
        self._blow.at("recorded")


class DyingSender(Sender):
    """The sender, with a blow before a request and behind its answer."""

    def __init__(self, endpoint: Endpoint, blow: Blow) -> None:
        super().__init__(endpoint)
        self._blow = blow

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer:
        """As the sender's, with a step before and behind it."""
        self._blow.at("sending")
        answer = await super().post(event_id, body, at_s)
        self._blow.at("answered")
        return answer


def endpoints_at(url: str) -> Endpoints:
    """One that is told of everything, and one of ends alone."""
    port = int(url.rpartition(":")[2])

    def endpoint(name: str, types: frozenset[str]) -> Endpoint:
        keys = (Secret(b"k" * 32),)
        return Endpoint(name, f"{url}/{name}", "127.0.0.1", port, keys, types, frozenset(), True, 4, local=True)

    ends = frozenset({"payment.approved", "payment.declined", "payment.pending"})
    return {"all": endpoint("all", TYPES), "ends": endpoint("ends", ends)}


def main() -> None:
    """Let them die, and tell."""
    *where, seed, rounds = sys.argv[1:]
    chance, died = random.Random(int(seed)), Counter[str]()
    if rounds == "0":
        _run(where, Blow("never", 1))
    for _ in range(int(rounds)):
        for step in STEPS:
            await_death(forked(partial(_run, where, Blow(step, chance.randrange(1, 5)))), step)
            died[step] += 1
    sys.stdout.write(json.dumps(died))


def _run(where: Sequence[str], blow: Blow) -> NoReturn:
    state, archive_url, ledger_url, epoch, receiver_url = where
    endpoints = endpoints_at(receiver_url)
    ledger = SyncLedger(redis.Redis.from_url(ledger_url, protocol=2), epoch)
    archive = Archive(archive_settings(Path(state), archive_url))
    stream = DyingStream(ledger, keys.EVENTS, READER, blow)
    book = DyingBook(DeliveryBook(READER, endpoints), blow)
    reader = Archiver(READER, ledger, archive, stream, book, pace=PACE)
    threading.Thread(target=reader.run, daemon=True).start()
    deliveries = DyingDeliveries(archive, blow)
    courier = Courier(endpoints, deliveries, lambda each: DyingSender(each, blow), lambda tried: None, lambda: 0)

    async def send() -> None:
        connected = AsyncLedger(redis.asyncio.Redis.from_url(ledger_url, protocol=2), epoch)
        await Leader("couriers", courier.deliver, connected, lease_s=LEASE_S, on_trouble=_trouble).run()

    asyncio.run(send())
    raise AssertionError("it runs until it dies")


def _trouble(duty: str, code: str) -> None:
    """A lease that ends late is none."""


def _disabled(name: str, health: Health) -> None:
    raise AssertionError(f"{name} is disabled")


if __name__ == "__main__":
    main()
