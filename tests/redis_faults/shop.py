"""A merchant's side of a drill: settings, keys, producers and ledger executors on whatever Redis there is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardinity_client.secret import Secret
from producers.contract.commands import Charge, parse_charge
from producers.enqueue import AsyncEnqueuer, Enqueuer
from producers.runtime.clients import async_client, sync_client
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.epoch import Pin, pin_ledger
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.settings import Settings
from producers.vault import generate_keys
from tests.stack import CARD, ROOT, SCALED

QUEUE_DB, LEDGER_DB = 0, 1
ACCOUNT = "default"
#: More than a chapter sends: credits are not what is drilled here.
CREDITS = 1_000_000
#: Milliseconds that replicas are waited for.
REPLICAS_WAIT_MS = 150
#: The drill writes only; nothing listens at this address.
NOBODY = "http://127.0.0.1:1/v1"


@dataclass
class Shop:
    """One ledger and those who write to it; all of it is closed by the stack it was opened with."""

    settings: Settings
    exits: AsyncExitStack
    pin: Pin
    enqueuer: AsyncEnqueuer
    blocking: Enqueuer
    replicas: int

    def executor(self) -> AsyncLedger:
        """The ledger as another worker process reaches it."""
        client = async_client(self.settings.redis_ledger_url, self.settings)
        self.exits.push_async_callback(client.aclose)
        ledger = AsyncLedger(client, self.pin.epoch, replicas=self.replicas, replicas_wait_ms=REPLICAS_WAIT_MS)
        self.exits.push_async_callback(ledger.aclose)
        return ledger

    def blocking_executor(self) -> SyncLedger:
        """The ledger as the command line reaches it."""
        client = sync_client(self.settings.redis_ledger_url, self.settings)
        self.exits.callback(client.close)
        return SyncLedger(client, self.pin.epoch, replicas=self.replicas, replicas_wait_ms=REPLICAS_WAIT_MS)

    async def give_credits(self, count: int = CREDITS) -> None:
        """As a read of the gateway's list would."""
        await self.executor().run(calls.begin_scan(ACCOUNT, count))

    async def rows(self, order_ids: Iterable[str]) -> dict[str, Record]:
        """The orders as the ledger has them; a record without fields where there is none."""
        client = async_client(self.settings.redis_ledger_url, self.settings)
        try:
            pipeline = client.pipeline(transaction=False)
            names = list(order_ids)
            for name in names:
                pipeline.execute_command("HGETALL", keys.order(name))
            replies = await pipeline.execute() if names else []
        finally:
            await client.aclose()
        return {name: record_from(name, reply) for name, reply in zip(names, replies, strict=True)}


def fields_of(order_id: str) -> dict[str, Any]:
    """A charge of 10.00 EUR as a producer asks for it."""
    return {"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}


def charge_of(order_id: str) -> Charge:
    """The same, parsed, for a batch."""
    return parse_charge(fields_of(order_id), now_ms=int(time.time() * 1000), mode="test")


def settings_at(directory: Path, queue_url: str, ledger_url: str, **more: str) -> Settings:
    """Settings with keys of their own in `directory`."""
    files = generate_keys(directory / "keys")
    return Settings.from_environ(
        {
            "PYTHONPATH": str(ROOT),
            "CARDINITY_BASE_URL": NOBODY,
            "CARDINITY_CONSUMER_KEY": "test_sandbox_key",
            "CARDINITY_CONSUMER_SECRET": "sandbox-secret",
            "REDIS_QUEUE_URL": queue_url,
            "REDIS_LEDGER_URL": ledger_url,
            "STATE_DIR": str(directory / "state"),
            "SEAL_PUBLIC_KEY_FILE": str(files.seal_public),
            "SEAL_PRIVATE_KEYS_FILE": str(files.seal_private),
            "PRODUCER_KEY_FILE": str(files.producer_key),
            "PRODUCERS_FILE": str(files.producers),
            **SCALED,
            **more,
        }
    )


@asynccontextmanager
async def a_shop(directory: Path, port: int, *, replicas: int = 0, **more: str) -> AsyncIterator[Shop]:
    """A shop on the server, or the proxy, at that port; it founds the ledger there."""
    urls = [f"redis://127.0.0.1:{port}/{db}" for db in (QUEUE_DB, LEDGER_DB)]
    wait_s = f"{REPLICAS_WAIT_MS / 1000}"
    settings = settings_at(directory, *urls, LEDGER_REPLICAS=str(replicas), LEDGER_REPLICAS_WAIT_S=wait_s, **more)
    async with AsyncExitStack() as exits:
        with sync_client(Secret(urls[1]), settings) as client:
            pin = pin_ledger(client, settings.state_dir)
            if replicas:
                client.set(keys.REPLICATED, 1)
        enqueuer = await exits.enter_async_context(await AsyncEnqueuer.open(settings))
        blocking = exits.enter_context(Enqueuer(settings))
        shop = Shop(settings, exits, pin, enqueuer, blocking, replicas)
        await shop.give_credits()
        yield shop
