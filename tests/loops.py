"""Builders for tests of the event loop: a queue with wake-ups, and a loop that consumes it in this test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis
import redis.asyncio
from dramatiq import Middleware
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from producers.contract.names import ACTOR_CHARGE, ACTOR_CHARGE_BATCH, QUEUE_BATCHES, QUEUE_PAYMENTS
from producers.runtime.broker import PaymentsBroker
from producers.runtime.link import Link
from producers.runtime.queue import ENQUEUE_MAX, WakeUp, enqueue
from workers.event_loop.consumer import Consumer
from workers.event_loop.ports import Handler, LoopHooks
from workers.event_loop.service import Service
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots
from workers.event_loop.stock_queue import StockQueue

LIST = f"dramatiq:{QUEUE_PAYMENTS}"
MESSAGES = f"{LIST}.msgs"
BEHIND = f"dramatiq:{QUEUE_BATCHES}"
#: Seconds until an answer counts as lost: longer than any server of a busy machine keeps us waiting, or an answer that
#: is merely late is one more loss than the test has made. Tests of silence name a shorter time.
SOCKET_TIMEOUT_S = 30.0


def connect(url: str, socket_timeout_s: float = SOCKET_TIMEOUT_S) -> redis.asyncio.Redis:
    """The loop's client: nothing is asked twice."""
    return redis.asyncio.Redis.from_url(url, socket_timeout=socket_timeout_s, retry=Retry(NoBackoff(), 0), protocol=2)


def connect_blocking(url: str) -> redis.Redis:
    """A client for looking and enqueueing, patient with a busy machine."""
    return redis.Redis.from_url(url, socket_timeout=SOCKET_TIMEOUT_S, protocol=2)


def wake(url: str, order_ids: Iterable[str], *, batch: bool = False) -> None:
    """Put one wake-up for each order on its queue."""
    calls = [WakeUp(order_id, 1_700_000_000_000, batch=batch) for order_id in order_ids]
    with connect_blocking(url) as client:
        for start in range(0, len(calls), ENQUEUE_MAX):
            client.execute_command(*enqueue(calls[start : start + ENQUEUE_MAX]).by_source)


@dataclass
class Handling:
    """A handler that records, and lets nothing end while its gate is closed."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    running_max: int = 0

    async def __call__(self, order_id: str, version: int) -> None:
        self.started.append(order_id)
        self.running_max = max(self.running_max, len(self.started) - len(self.ended))
        await self.gate.wait()
        self.ended.append(order_id)


class OpenHandling(Handling):
    """The same with the gate open: every handler still gives way once."""

    async def __call__(self, order_id: str, version: int) -> None:
        self.gate.set()
        await super().__call__(order_id, version)


@dataclass
class Shelf:
    """A quarantine that remembers."""

    reasons: dict[bytes, str] = field(default_factory=dict)
    #: Raise this often before taking anything.
    refusals: int = 0

    async def put(self, raw: bytes, reason: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the shelf is away")
        self.reasons[raw] = reason


@dataclass
class Tally:
    """Hooks that count."""

    acked_count: int = 0
    failed_actors: list[str] = field(default_factory=list)
    failed_commands: list[str] = field(default_factory=list)
    requeued_count: int = 0
    #: Stands for a bug in the loop: raised by the next requeue.
    bug: Exception | None = None

    def handled(self, queue: str, actor: str, duration_s: float, *, failed: bool) -> None:
        if failed:
            self.failed_actors.append(actor)

    def acked(self, queue: str, count: int) -> None:
        self.acked_count += count

    def command_failed(self, queue: str, command: str) -> None:
        self.failed_commands.append(command)

    def requeued(self, queue: str, count: int) -> None:
        self.requeued_count += count
        if self.bug:
            raise self.bug

    def quarantined(self, queue: str, reason: str) -> None: ...


@dataclass
class Surroundings:
    """A runtime that records what it is told, and answers `close` as it is bidden."""

    told: list[str] = field(default_factory=list)
    holds_nothing: bool = True
    on_drain: Callable[[], None] = lambda: None
    on_open: Callable[[], None] = lambda: None
    #: Raised once `broken` is set: a background task has ended.
    bug: Exception | None = None
    broken: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self.told.append("open")
        self.on_open()

    async def tend(self) -> None:
        await self.broken.wait()
        if self.bug:
            raise self.bug

    def drain(self) -> None:
        self.told.append("drain")
        self.on_drain()

    async def close(self) -> bool:
        self.told.append("close")
        return self.holds_nothing


@dataclass
class Running:
    """A loop at work in this test."""

    service: Service
    consumer: Consumer
    task: asyncio.Task[bool]
    broker: PaymentsBroker
    look: redis.Redis
    failures: list[str]

    @property
    def acks_key(self) -> str:
        """The set of what this loop holds, as the server has it."""
        return f"dramatiq:__acks__.{self.broker.broker_id}.{QUEUE_PAYMENTS}"

    async def is_empty(self) -> bool:
        """Nothing queued, nothing stored, nothing held."""
        acks = f"dramatiq:__acks__.{self.broker.broker_id}.{QUEUE_BATCHES}"
        return not self.look.exists(LIST, MESSAGES, self.acks_key, BEHIND, f"{BEHIND}.msgs", acks)

    async def stop(self) -> bool:
        """Stop; what the service says about it."""
        self.service.stop()
        return await self.task


@asynccontextmanager
async def consuming(
    url: str,
    handlers: Handler | Mapping[str, Handler],
    *,
    look_url: str | None = None,
    settings: LoopSettings | None = None,
    quarantine: Shelf | None = None,
    hooks: LoopHooks | None = None,
    runtime: Surroundings | None = None,
    middleware: Iterable[Middleware] = (),
    socket_timeout_s: float = SOCKET_TIMEOUT_S,
) -> AsyncIterator[Running]:
    """A loop that consumes the queues of payments until the block ends; `look_url` bypasses a proxy."""
    settings = settings or LoopSettings(retry_min_s=0.01, retry_max_s=0.05)
    broker = PaymentsBroker(connect_blocking(look_url or url), middleware=list(middleware))
    link = Link(connect(url, socket_timeout_s))
    slots = Slots(settings.in_flight_max)
    consumer, behind = (
        Consumer(
            StockQueue(link, broker, queue), given, broker, slots, quarantine or Shelf(), settings, hooks or Tally()
        )
        for queue, given in (
            (QUEUE_PAYMENTS, {ACTOR_CHARGE: handlers} if callable(handlers) else handlers),
            (QUEUE_BATCHES, {ACTOR_CHARGE_BATCH: handlers} if callable(handlers) else {}),
        )
    )
    service = Service(link, runtime or Surroundings(), [consumer, behind], slots, settings)
    failures: list[str] = []
    task = asyncio.create_task(service.run(lambda: None, lambda: failures.append("loop")))
    running = Running(service, consumer, task, broker, connect_blocking(look_url or url), failures)
    try:
        yield running
    finally:
        service.stop()
        await asyncio.wait([task])
        running.look.close()
        broker.close()
