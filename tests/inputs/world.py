"""What stands behind the doors: a ledger and a queue with one order in them, keys, a gateway's double, a loop.

Everything is started when it is first asked for, so doors without state cost nothing.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import redis
from starlette.applications import Starlette

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.app import create_app
from cardinity_client.sandbox.links.link import Link
from cardinity_client.sandbox.records.record import Kind
from cardinity_client.sandbox.serving import running
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.wire import Instrument, Payment, ThreedsV1
from producers.enqueue import AsyncEnqueuer, Enqueuer
from producers.http.app import application, opened
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.keys import AUDIT
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import Clock
from producers.vault import KeyFiles, add_api_key, generate_keys, generate_vault_keys
from tests.application import CREDENTIALS, DOORS
from tests.archives import archive_settings, upgraded
from tests.inputs.knocking import Loopback, Request
from tests.unit.contract.builders import card_fields

T = TypeVar("T")

#: Databases of our own: other tests empty the first two.
QUEUE_DB, LEDGER_DB = 8, 9
#: The order that is there already.
KNOWN: Final[Mapping[str, object]] = card_fields(order_id="KNOWN-1")
#: A plan and subscriptions that are there already, and what time it is for them.
KNOWN_PLAN, KNOWN_SUBSCRIPTION, CANCELLED_SUBSCRIPTION = "gym", "known", "cancelled"
OPENED: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)

#: Callers of the HTTP application: one who is let in, one whose key was disabled, one who has asked too often.
OPEN, DISABLED, EXHAUSTED = "open", "disabled", "exhausted"
#: Its notifications come from this machine, or through a proxy that stands elsewhere.
_DOORS: Final[Mapping[str, str]] = {
    **DOORS,
    "WEBHOOK_SOURCES": "127.0.0.1",
    "HTTP_PROXIES": "192.0.2.0/24",
    "WEBHOOK_RATE": "10000",
    "WEBHOOK_BURST": "100000",
}

#: What follows a payment.
KINDS: tuple[Kind, ...] = ("refund", "settlement", "void", "chargeback", "rdr")


class World:
    """Starts what is asked for; all of it is gone when it is left."""

    def __init__(self, directory: Path, valkey: EmbeddedValkey | None = None) -> None:
        self.directory = directory
        self._own = valkey is None
        self._valkey = valkey
        self._opened: list[Any] = []
        self._http_stack = AsyncExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "http" in self.__dict__:
            self.loop.run(self._http_stack.aclose())
        if "async_enqueuer" in self.__dict__:
            self.loop.run(self.async_enqueuer.aclose())
        for kept in reversed(self._opened):
            kept.close()
        if self._own and self._valkey is not None:
            self._valkey.stop()

    @cached_property
    def valkey(self) -> EmbeddedValkey:
        """The server of ledger and queue."""
        if self._valkey is None:
            self._valkey = EmbeddedValkey(self.directory / "valkey")
            self._valkey.start()
        return self._valkey

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Of a merchant with a plan, a subscription, and one that was cancelled."""
        return self._subscribed(archive_settings(self.directory / "archive", None), "2026-02-01", lambda: OPENED)

    @cached_property
    def http_subscriptions(self) -> Subscriptions:
        """The same at the application, which goes by the host's clock."""
        return self._subscribed(Settings.for_producer(self.environ), "2099-02-01")

    @cached_property
    def keys(self) -> KeyFiles:
        """A first set of keys."""
        generate_vault_keys(self.directory / "keys")
        return generate_keys(self.directory / "keys")

    @cached_property
    def environ(self) -> Mapping[str, str]:
        """Settings of a producer and of whoever looks on."""
        return {
            "REDIS_QUEUE_URL": self.valkey.url(QUEUE_DB),
            "REDIS_LEDGER_URL": self.valkey.url(LEDGER_DB),
            "STATE_DIR": str(self.directory / "state"),
            "SEAL_PUBLIC_KEY_FILE": str(self.keys.seal_public),
            "VAULT_PUBLIC_KEY_FILE": str(self.keys.vault_public),
            "PRODUCER_KEY_FILE": str(self.keys.producer_key),
            "HOME": str(self.directory),
        }

    @cached_property
    def enqueuer(self) -> Enqueuer:
        """A producer; `KNOWN` is accepted."""
        enqueuer = self._kept(Enqueuer(Settings.for_producer(self.environ)))
        enqueuer.charge(**KNOWN)
        return enqueuer

    @cached_property
    def loop(self) -> asyncio.Runner:
        """Where what is asynchronous runs."""
        return self._kept(asyncio.Runner())

    @cached_property
    def async_enqueuer(self) -> AsyncEnqueuer:
        """The same producer for asyncio."""
        self.enqueuer.get(str(KNOWN["order_id"]))
        return self.loop.run(AsyncEnqueuer.open(Settings.for_producer(self.environ)))

    @cached_property
    def callers(self) -> Mapping[str, str]:
        """Keys of the callers; the file that knows of them is there."""
        file = self.directory / "api-keys.json"
        limits = {OPEN: (10_000.0, 100_000), DISABLED: (10_000.0, 100_000), EXHAUSTED: (1e-6, 1)}
        made = {
            name: add_api_key(file, producer=name, requests_per_s=per_s, burst=burst)
            for name, (per_s, burst) in limits.items()
        }
        listed = json.loads(file.read_text())
        for key in listed["keys"]:
            key["disabled"] = key["producer"] == DISABLED
        file.write_text(json.dumps(listed))
        return {name: key.secret.reveal() for name, key in made.items()}

    @cached_property
    def http(self) -> Loopback:
        """The HTTP application on ledger and queue, spoken to without a network; it asks a gateway's double."""
        exhausted = {"authorization": f"Bearer {self.callers[EXHAUSTED]}"}
        keys = str(self.directory / "api-keys.json")
        gateway = self.loop.run(self._http_stack.enter_async_context(running(SandboxSettings(seeded_chargeback=True))))
        given = {**_DOORS, **CREDENTIALS, "CARDINITY_BASE_URL": gateway.url, "API_KEYS_FILE": keys}
        settings = Settings.for_producer({**self.environ, **given})
        self.enqueuer.get(str(KNOWN["order_id"]))
        self.http_subscriptions.get(KNOWN_SUBSCRIPTION)
        metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
        services = self.loop.run(self._http_stack.enter_async_context(opened(settings, metrics)))
        http = Loopback(application(services), self.loop)
        http.ask(Request("GET", "/v1/charges/KNOWN-1", headers=exhausted))
        return http

    @cached_property
    def databases(self) -> tuple[redis.Redis, redis.Redis]:
        """Queue and ledger, to look into."""
        self.enqueuer.get(str(KNOWN["order_id"]))
        urls = (self.valkey.url(QUEUE_DB), self.valkey.url(LEDGER_DB))
        return self._kept(redis.Redis.from_url(urls[0])), self._kept(redis.Redis.from_url(urls[1]))

    @cached_property
    def account(self) -> Account:
        """The merchant account of the gateway's double."""
        return Account(SandboxSettings())

    @cached_property
    def sandbox(self) -> Loopback:
        """The gateway's double, spoken to without a network."""
        app: Starlette = create_app(self.account.settings, self.account)
        return Loopback(app, self.loop)

    @cached_property
    def pending_id(self) -> str:
        """A payment of the double that waits for its shopper."""
        return self._payment(
            "f", status="pending", authorization_information=ThreedsV1("https://acs.invalid", "3d-pass")
        )

    @cached_property
    def paid_id(self) -> str:
        """A payment of 10.00 that was approved."""
        return self._payment("e")

    @cached_property
    def held_id(self) -> str:
        """An authorization of 10.00 that nothing has followed."""
        return self._payment("d", type="authorization")

    @cached_property
    def link_id(self) -> str:
        """A payment link that is open."""
        link = Link(
            id="00000000-0000-4000-a000-00000000000c",
            url="http://sandbox.test/checkout/link/00000000-0000-4000-a000-00000000000c",
            amount="10.00",
            currency="EUR",
            country="LT",
            description="Invoice 77",
            expiration_date="2099-01-01T00:00:00.000Z",
            multiple_use=False,
            enabled=True,
        )
        self.account.links.put(link, 2**42)
        return link.id

    @cached_property
    def visit_id(self) -> str:
        """A shopper at the checkout who has not paid yet."""
        order = {"amount": "10.00", "currency": "EUR", "country": "LT", "description": "x", "order_id": "ORD-1"}
        return self.account.visits.open(order).id

    def fresh(self) -> Path:
        """A new directory."""
        return Path(tempfile.mkdtemp(dir=self.directory))

    def state(self) -> object:
        """Everything that is stored anywhere: equal before and after a bad input. Only the audit trail grows: an
        operator's attempt is written down, whatever comes of it."""
        stored = [
            {key: client.dump(key) for key in client.scan_iter() if not key.startswith(AUDIT.encode())}
            for client in self.databases
        ]
        files = {path: path.read_bytes() for path in sorted(self.keys.directory.iterdir())}
        account = self.account
        booked = (
            account.book.latest(100),
            account.links.all(),
            *(account.records.latest(kind, 100, None) for kind in KINDS),
        )
        subscribed = (self.http_subscriptions.plans(), self.http_subscriptions.list())
        return stored, files, booked, subscribed, account.faults

    def open(self) -> None:
        """Start everything: the state holds what every door can reach."""
        assert self.pending_id and self.paid_id and self.held_id and self.link_id and self.visit_id and self.databases
        assert self.http.ask(Request("GET", "/livez")).status == 200
        self.loop.run(self.async_enqueuer.get(str(KNOWN["order_id"])))

    def _subscribed(self, settings: Settings, start: str, clock: Clock | None = None) -> Subscriptions:
        archive = self._kept(upgraded(settings))
        made = Subscriptions(settings, archive, clock=clock)
        made.add_plan(plan_id=KNOWN_PLAN, amount="19.90", currency="EUR", unit="month")
        for name in (KNOWN_SUBSCRIPTION, CANCELLED_SUBSCRIPTION):
            made.create(subscription_id=name, plan_id=KNOWN_PLAN, country="LT", zone="UTC", start=start)
        made.cancel(CANCELLED_SUBSCRIPTION)
        return made

    def _payment(self, digit: str, **changes: Any) -> str:
        payment = Payment(
            **{
                "id": f"00000000-0000-4000-a000-00000000000{digit}",
                "amount": "10.00",
                "currency": "EUR",
                "created": "2026-01-15T10:00:00.000Z",
                "type": "purchase",
                "live": False,
                "status": "approved",
                "country": "LT",
                "payment_method": "card",
                "payment_instrument": Instrument("Visa", "1111", 2031, 4, "Ona Petraityte"),
                **changes,
            }
        )
        self.account.book.put(payment)
        return payment.id

    def _kept(self, opened: T) -> T:
        self._opened.append(opened)
        return opened
