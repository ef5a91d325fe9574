"""What worker processes started by tests run: an async actor that reports to a database of the test's own.

Lists there: `started` ("order_id pid"), `ended` (order_id), `told` (what the runtime was told). A handler
ends once the key `gate` exists; with the key `block` it stands still in the middle of the loop instead.
"""

from __future__ import annotations

import asyncio
import os
import threading

import dramatiq
import redis
import redis.asyncio

from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from producers.runtime.broker import PaymentsBroker
from tests.eventually import eventually_async
from tests.loops import Shelf, connect, connect_blocking
from workers.event_loop import EventLoop, LoopSettings
from workers.middleware import ExitStatus, ProcessGroup, Watchdog

#: Environment: where the queue is, where the report goes, and how impatient this worker is.
QUEUE_URL, REPORT_URL = "WORKER_QUEUE_URL", "WORKER_REPORT_URL"
HEARTBEAT_TIMEOUT_MS, SHUTDOWN_TIMEOUT_S = "WORKER_HEARTBEAT_TIMEOUT_MS", "WORKER_SHUTDOWN_TIMEOUT_S"
STALL_S, IN_FLIGHT_MAX = "WORKER_STALL_S", "WORKER_IN_FLIGHT_MAX"
#: Seconds until an answer counts as lost. A busy disk holds up a server that syncs every write for more than the five
#: that redis-py allows by itself; then the handler fails instead of ending, or the last audit does and the worker exits
#: with 75.
PATIENCE_S = 30.0


class Reporter:
    """The runtime and the handler of such a process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._report = connect_blocking(url)

    async def open(self) -> None:
        self._client = redis.asyncio.Redis.from_url(self._url, socket_timeout=PATIENCE_S)
        self._report.rpush("told", f"open {os.getpid()}")

    async def tend(self) -> None:
        await asyncio.Event().wait()

    def drain(self) -> None:
        self._report.rpush("told", f"drain {os.getpid()}")

    async def close(self) -> bool:
        await self._client.aclose()
        self._report.rpush("told", f"close {os.getpid()}")
        return True

    async def handle(self, order_id: str, version: int) -> None:
        self._report.rpush("started", f"{order_id} {os.getpid()}")
        if self._report.exists("block"):
            threading.Event().wait()

        async def gate_open() -> bool:
            return bool(await self._client.exists("gate"))

        await eventually_async(gate_open, "an open gate", within_s=300)
        self._report.rpush("ended", order_id)


def boot() -> None:
    """As `workers.main.boot`, for such a process."""
    reporter = Reporter(os.environ[REPORT_URL])
    watchdog = Watchdog(float(os.environ.get(STALL_S, "60")))
    event_loop = EventLoop(
        lambda: connect(os.environ[QUEUE_URL], PATIENCE_S),
        reporter,
        Shelf(),
        settings=LoopSettings(
            in_flight_max=int(os.environ.get(IN_FLIGHT_MAX, "512")),
            shutdown_timeout_s=float(os.environ.get(SHUTDOWN_TIMEOUT_S, "60")),
            heartbeat_s=0.1,
            maintenance_s=0.2,
        ),
        watch=watchdog,
    )
    broker = PaymentsBroker(
        connect_blocking(os.environ[QUEUE_URL]),
        middleware=[ExitStatus(lambda: event_loop.exit_code), ProcessGroup(), watchdog, event_loop],
        heartbeat_timeout_ms=int(os.environ.get(HEARTBEAT_TIMEOUT_MS, "60000")),
    )
    dramatiq.actor(actor_name=ACTOR_CHARGE, queue_name=QUEUE_PAYMENTS, broker=broker)(reporter.handle)
    dramatiq.set_broker(broker)
