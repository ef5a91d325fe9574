"""Outbound webhooks without a network: a stream, its reader, the deliveries, and receivers that answer as told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import redis

from cardinity_client.money import Money
from producers.contract.events import OrderEvent, payment_event
from producers.runtime.archive.database import Archive
from producers.runtime.ledger.executors import SyncLedger
from tests.archiving import tell
from workers.events.webhooks.courier import Courier
from workers.events.webhooks.deliveries import Deliveries
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.pruning import prune
from workers.events.webhooks.schedule import Health
from workers.events.webhooks.sending import Answer
from workers.events.webhooks.service import READER, reader_of, stand_at_the_end

DELIVERED = Answer(True, "200")
FAILED = Answer(False, "500")

#: Answers to one POST, which has this event id and body.
Answers = Callable[[Endpoint, str], Awaitable[Answer]]


def told(order_id: str, *states: str, account: str = "main") -> list[OrderEvent]:
    """What is told of an order that goes through these states."""
    facts = {"order_id": order_id, "attempt_ref": order_id, "account": account, "producer": "shop"}
    return [
        payment_event(state=state, amount=Money(2550, "EUR"), time_ms=1_768_471_200_000 + number, **facts)  # type: ignore[arg-type]
        for number, state in enumerate(states)
    ]


class Receivers:
    """Everybody's endpoint: what came, in its order, and how it is answered."""

    def __init__(self, answers: Answers) -> None:
        self.heard: list[tuple[str, str]] = []
        self._answers = answers

    def sender(self, endpoint: Endpoint) -> _Sender:
        """What posts to that endpoint."""
        return _Sender(self, endpoint, self._answers)

    def of(self, name: str) -> list[str]:
        """What that endpoint heard."""
        return [event_id for endpoint, event_id in self.heard if endpoint == name]


class _Sender:
    def __init__(self, receivers: Receivers, endpoint: Endpoint, answers: Answers) -> None:
        self._receivers = receivers
        self._endpoint = endpoint
        self._answers = answers

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer:
        self._receivers.heard.append((self._endpoint.name, event_id))
        return await self._answers(self._endpoint, event_id)

    async def aclose(self) -> None:
        """There is nothing to close."""


class Office:
    """`disabled` has the endpoints that were disabled; the clock stands until it is turned."""

    def __init__(self, ledger: SyncLedger, client: redis.Redis, archive: Archive, endpoints: Endpoints) -> None:
        self._ledger = ledger
        self._client = client
        self.archive = archive
        self.endpoints = endpoints
        self.disabled: list[str] = []
        #: Behind what the reader writes down by its own clock.
        self.now_s = time.time() + 600
        self.deliveries = Deliveries(archive, READER, self._on_disabled)
        stand_at_the_end(ledger, archive, 0)

    def tell(self, events: Iterable[OrderEvent]) -> None:
        """Put them on the stream, and have them read."""
        tell(self._client, events)
        self.read()

    def read(self) -> None:
        """Read what is on the stream."""
        reader_of(self._ledger, self.archive, self.endpoints, lambda seconds: None).catch_up()

    async def deliver(self, answers: Answers, until: Callable[[Receivers], bool]) -> Receivers:
        """Deliver until that is so, and let what is under way end."""
        receivers = Receivers(answers)
        courier = Courier(
            self.endpoints,
            self.deliveries,
            receivers.sender,
            lambda tried: None,
            lambda: prune(self.archive, 0, self.endpoints),
            clock=lambda: self.now_s,
        )
        async with asyncio.timeout(30):
            await courier.deliver(lambda: not until(receivers))
        return receivers

    def waiting(self, name: str = "shop") -> int:
        """How many deliveries wait for that endpoint."""
        return self.deliveries.standing((name,))[name][0].waiting

    def _on_disabled(self, name: str, health: Health) -> None:
        self.disabled.append(f"{name}: {health.disabled_because}")


async def delivered(endpoint: Endpoint, event_id: str) -> Answer:
    """Every receiver is well."""
    return DELIVERED
