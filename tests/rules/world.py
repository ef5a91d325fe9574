"""One merchant, one gateway, one ledger, and what became of the orders.

Everything is the product's own and real but time: instead of waiting, `later` moves what an order remembers into the
past. The gateway is the sandbox, on the loop of the test, so a story can look into its book and land a charge late.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

import redis.asyncio

from cardinity_client.sandbox.account import wall_clock_ms
from cardinity_client.sandbox.plan import Rule as Fault
from cardinity_client.sandbox.serving import Running, running
from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET, SandboxSettings
from cardinity_client.sandbox.wire import Instrument, Payment, identity, timestamp
from cardinity_client.secret import Secret
from producers.acceptance import prepare
from producers.contract import names, states
from producers.contract.commands import parse_charge
from producers.contract.events import decode
from producers.contract.follow_ups import parse_follow_up
from producers.contract.links import parse_link
from producers.contract.payment_data import PaymentData
from producers.contract.wishes import Wish
from producers.errors import LedgerLockdown
from producers.runtime.clients import async_client, sync_client
from producers.runtime.ledger import keys, tombstones
from producers.runtime.ledger.epoch import Pin, pin_ledger
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.scripts import NAMESPACE
from producers.runtime.settings import Settings
from producers.vault import Sealer, generate_keys
from tests.eventually import eventually_async
from tests.rules.landed import approved, is_over
from tests.rules.mutants import Ground, Harm
from tests.stack import CARD, ROOT, SCALED

QUEUE_DB, LEDGER_DB = 0, 1
#: Most stories have one order.
ORDER = "ORD-1"
#: Rows of one page of the gateway's list.
PAGE = 100
#: Longer than every lease, deadline and horizon of the scaled settings.
LONG_MS = 60_000
#: What an order remembers in milliseconds of the ledger's clock.
_MOMENTS = ("lease_until", "not_before", "intent_at", "deadline_at", "link_over_at", "recovered_at")


class World:
    """Made by `a_world`. `halted` says that a lockdown stopped everything until a human has decided."""

    def __init__(self, env: dict[str, str], gateway: Running, clock: Clock, exits: AsyncExitStack) -> None:
        self.env = env
        self.settings = Settings.from_environ(env)
        self.gateway = gateway
        self.clock = clock
        self.exits = exits
        self.order_ids: list[str] = []
        #: Those that charge an earlier payment's card again.
        self.recurring: set[str] = set()
        self.told: set[str] = set()
        self.halted = False
        #: Gateways of further merchant accounts.
        self.others: list[Running] = []
        self._sealer = Sealer.from_settings(self.settings)
        self.move_to(self.settings.redis_ledger_url.reveal())

    def move_to(self, ledger_url: str) -> None:
        """From now on the ledger is there: every process has restarted, or connected anew."""
        self.ledger_url = ledger_url
        self.redis = sync_client(Secret(ledger_url), self.settings)
        self.exits.callback(self.redis.close)
        try:
            self.pin = pin_ledger(self.redis, self.settings.state_dir)
        except LedgerLockdown:
            self.halted = True
            self.pin = Pin("0" * 32)
        self.ledger = SyncLedger(self.redis, self.pin.epoch)

    def executor(self, *, url: str = "", replicas: int = 0) -> AsyncLedger:
        """The ledger as a worker reaches it."""
        client = self.client(url or self.ledger_url)
        ledger = AsyncLedger(client, self.pin.epoch, replicas=replicas, replicas_wait_ms=100)
        self.exits.push_async_callback(ledger.aclose)
        return ledger

    def client(self, url: str) -> redis.asyncio.Redis:
        """A connection that is closed in the end."""
        client = async_client(Secret(url), self.settings)
        self.exits.push_async_callback(client.aclose)
        return client

    def accept(self, order_id: str = ORDER, amount: str = "10.00", *, payment_id: str = "", **more: object) -> None:
        """As a producer does, up to the enqueue, which is lost; the same call again is a repeated call. With a
        payment_id its card is charged again.
        """
        now_ms = wall_clock_ms()
        instrument = {"payment_id": payment_id} if payment_id else CARD
        fields = {"order_id": order_id, "amount": amount, "currency": "EUR", "country": "LT", **instrument, **more}
        self._accept(parse_charge(fields, now_ms=now_ms, mode="test"))
        if payment_id:
            self.recurring.add(order_id)

    def accept_link(self, order_id: str = ORDER) -> None:
        """The same for a payment link of 10.00 EUR."""
        fields = {"order_id": order_id, "amount": "10.00", "currency": "EUR", "description": "Invoice 77"}
        self._accept(parse_link(fields, now_ms=wall_clock_ms()))

    def _accept(self, wish: Wish) -> None:
        acceptance = prepare(wish, self._sealer, now_ms=wall_clock_ms(), grace_ms=0)
        try:
            acceptance.told(self.ledger.run(acceptance.call))
        except LedgerLockdown:
            self.halted = True
        if wish.order_id not in self.order_ids:
            self.order_ids.append(wish.order_id)

    def follow(self, kind: str, order_id: str, payment_id: str, amount: str = "4.00") -> None:
        """Accept an order that follows that payment."""
        now_ms = wall_clock_ms()
        fields = {"order_id": order_id, "payment_id": payment_id}
        if kind != names.VOID:
            fields |= {"amount": amount, "currency": "EUR"}
        acceptance = prepare(parse_follow_up(kind, fields, now_ms=now_ms), self._sealer, now_ms=now_ms, grace_ms=0)
        acceptance.told(self.ledger.run(acceptance.call))
        self.order_ids.append(order_id)

    @property
    def fingerprint_key(self) -> Secret[bytes]:
        """What instruments are told apart by."""
        return self._sealer.fingerprint_key

    def record(self, order_id: str = ORDER) -> Record:
        """The order's row, or what its tombstone says; one without fields when there is neither."""
        row = self.ledger.read("HGETALL", keys.order(order_id))
        stone = self.ledger.read(*tombstones.question(order_id))
        return tombstones.record_of(order_id, stone) if stone and not row else record_from(order_id, row)

    async def until(self, look: Callable[[], object], wish: str) -> None:
        """Wait for something to be so."""

        async def looked() -> object:
            return look()

        await eventually_async(looked, wish)

    async def until_state(self, state: str, order_id: str = ORDER) -> None:
        await self.until(lambda: self.record(order_id).state == state, f"{order_id} is {state}")

    async def until_posted(self, order_id: str = ORDER) -> None:
        await self.until(lambda: self.gateway.account.book.posts(order_id), f"a POST for {order_id}")

    def later(self, order_id: str = ORDER, ms: int = LONG_MS) -> None:
        """As if so much time had passed for this order."""
        moments = {name: self.record(order_id).number(name) for name in _MOMENTS}
        for name, moment in moments.items():
            if moment:
                self.ledger.read("HSET", keys.order(order_id), name, moment - ms)
        if self.ledger.read("ZSCORE", DUE, order_id) is not None:
            self.ledger.read("ZINCRBY", DUE, -ms, order_id)

    def intended_at(self, moment_ms: int, order_id: str = ORDER) -> None:
        """As if the intent had been made at that moment of the ledger's clock."""
        self.ledger.read("HSET", keys.order(order_id), "intent_at", moment_ms)

    def now_ms(self) -> int:
        """The ledger's clock."""
        seconds, micros = self.ledger.read("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    def fault(self, name: str, **more: object) -> None:
        """What goes wrong with the next POST of the order."""
        rule = {"order_id": ORDER, "times": 1, **more}
        self.gateway.account.install([Fault(fault=name, **rule)])  # type: ignore[arg-type]

    def land(
        self,
        order_id: str = ORDER,
        *,
        nth: int = 1,
        created: str = "",
        type: Literal["purchase", "authorization"] = "purchase",
        description: str = "",
    ) -> str:
        """The gateway charges, with nobody waiting for the answer; the payment's id. What is paid on a link has no
        order_id and a description.
        """
        payment = Payment(
            id=identity(99, order_id or description, nth),
            amount="10.00",
            currency="EUR",
            created=created or timestamp(wall_clock_ms()),
            type=type,
            live=False,
            status="approved",
            order_id=order_id or None,
            description=description or None,
            country="LT",
            payment_method="card",
            payment_instrument=Instrument("Visa", str(CARD["pan"])[-4:], 2031, 4, str(CARD["holder"])),
        )
        self.gateway.account.book.put(payment)
        return payment.id

    def listen(self) -> None:
        """What a reader of the events hears of final outcomes, by id."""
        for _, fields in self.ledger.read("XRANGE", keys.EVENTS, "-", "+"):
            event = decode(fields[b"event"])
            if isinstance(event.data, PaymentData) and event.data.state in states.TERMINAL:
                self.told.add(fields[b"id"].decode())

    def harm(self) -> frozenset[Harm]:
        """What must not be, of all that was accepted."""
        self.listen()
        harms = frozenset(harm for order_id in self.order_ids for harm in self._harm_of(order_id))
        return harms | {Harm.OVER} if is_over(self.gateway.account) else harms

    def _harm_of(self, order_id: str) -> Iterator[Harm]:
        record = self.record(order_id)
        state = record.state
        charged = sum(approved(gateway.account, record) for gateway in (self.gateway, *self.others))
        told = {name for name in self.told if name.startswith(f"{record.ref or order_id}:")}
        final = state in states.TERMINAL
        if charged > 1:
            yield Harm.DOUBLE
        if charged and final and state != states.APPROVED:
            yield Harm.GHOST
        if not charged and state == states.APPROVED:
            yield Harm.FALSEPAY
        if record.kind != names.LINK and 0 < record.number("withdrawn_at") <= record.intent_at_ms:
            yield Harm.CALLED_BACK
        if order_id in self.recurring and state == states.REJECTED and record.text("reason") == "gateway_rejected":
            yield Harm.STRAY
        if len(told) > 1:
            yield Harm.MULTI
        if not self.halted and (not told if final else state != states.PARKED):
            yield Harm.LOST


class Clock:
    """The gateway's clock: it counts how often it was asked, which is at least once per request."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return wall_clock_ms()


DUE = f"{NAMESPACE}:due"


@asynccontextmanager
async def a_world(
    ground: Ground, *, ledger_url: str = "", latency_s: float = 0.0, sums_guarded: bool = True
) -> AsyncIterator[World]:
    """A world that begins empty; with `ledger_url` the ledger is elsewhere than on the ground's server."""
    urls = (ground.valkey.url(QUEUE_DB), ledger_url or ground.valkey.url(LEDGER_DB))
    async with AsyncExitStack() as exits:
        for url in urls:
            with redis.Redis.from_url(url) as client:
                client.flushdb()
        clock = Clock()
        sandbox = SandboxSettings(latency_s=latency_s, sums_guarded=sums_guarded)
        gateway = await exits.enter_async_context(running(sandbox, now_ms=clock))
        yield World(_environ(ground, gateway.url, *urls), gateway, clock, exits)


def _environ(ground: Ground, gateway_url: str, queue_url: str, ledger_url: str) -> dict[str, str]:
    files = generate_keys(ground.directory / "keys")
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "CARDINITY_BASE_URL": gateway_url,
        "CARDINITY_CONSUMER_KEY": TEST_CONSUMER_KEY,
        "CARDINITY_CONSUMER_SECRET": TEST_CONSUMER_SECRET,
        "REDIS_QUEUE_URL": queue_url,
        "REDIS_LEDGER_URL": ledger_url,
        "STATE_DIR": str(ground.directory / "state"),
        "SEAL_PUBLIC_KEY_FILE": str(files.seal_public),
        "SEAL_PRIVATE_KEYS_FILE": str(files.seal_private),
        "PRODUCER_KEY_FILE": str(files.producer_key),
        "PRODUCERS_FILE": str(files.producers),
        **SCALED,
    }
