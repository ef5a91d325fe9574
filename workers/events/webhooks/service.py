"""The process of outbound webhooks, put together from the settings: a thread reads the stream, a loop sends.

Each has a lease of its own, so that several processes may stand by; two at once would only send some things twice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from cardinity_client.transport.sockets import tls_context
from producers.intake import replicas_of
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import BEGINNING, WEBHOOKS, move, positions_of
from producers.runtime.audit.trail import record
from producers.runtime.clients import async_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.settings import Settings
from producers.runtime.tracing.opening import WEBHOOKS as SERVICE
from producers.runtime.tracing.opening import end, tracer_of
from producers.runtime.tracing.tracer import Tracer
from workers.duties.leader import Leader
from workers.event_loop.cancelling import cancel_and_wait
from workers.events.archive.archiver import Archiver
from workers.events.archive.stream import LedgerStream, Read
from workers.events.webhooks.book import DeliveryBook
from workers.events.webhooks.courier import Courier, Posts
from workers.events.webhooks.deliveries import Deliveries
from workers.events.webhooks.endpoints import Endpoint, Endpoints
from workers.events.webhooks.endpoints_file import ENDPOINTS_MAX
from workers.events.webhooks.numbers import Numbers
from workers.events.webhooks.pruning import DUTY, KEPT_BEYOND_S, prune
from workers.events.webhooks.schedule import Health
from workers.events.webhooks.sending import TIMEOUT_S, Sender
from workers.events.webhooks.traced import TracedPosts

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: The reader of the event stream: its position, its lease, and its group in Redis.
READER: Final = WEBHOOKS
#: Seconds that what is under way is waited for in the end.
END_WAIT_S: Final = TIMEOUT_S + 2


def stand_at_the_end(ledger: SyncLedger, archive: Archive, now_ms: int) -> None:
    """Let the first run begin with what comes from now on; merchants are not told of what was before they asked.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: nothing has happened.
    """
    newest = ledger.read("XREVRANGE", keys.EVENTS, "+", "-", "COUNT", 1)
    position = newest[0][0].decode() if newest else BEGINNING
    with archive.writing() as connection:
        if not positions_of(connection, (READER,)):
            move(connection, READER, BEGINNING, position, now_ms)


def deliveries_of(settings: Settings, ledger: SyncLedger, archive: Archive) -> Deliveries:
    """The deliveries of that archive. That an endpoint is disabled is audited first, and told as an alarm."""

    def disabling(name: str, health: Health) -> None:
        because = str(health.disabled_because)
        record(ledger, settings.state_dir, "webhook.disable", name, {"because": because})
        log.error("webhook_endpoint_disabled", endpoint=name, reason=because, failures=health.failures)

    return Deliveries(archive, READER, disabling)


async def serve(
    settings: Settings, endpoints: Endpoints, ledger: SyncLedger, archive: Archive, stopped: asyncio.Event
) -> None:
    """Read and send until `stopped`; what is under way then ends.

    Raises:
        LedgerLockdown: another ledger answers than the pinned one.
    """
    # A look-up that hangs holds one thread; each endpoint has one.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ENDPOINTS_MAX + 1, "names"))
    deliveries = deliveries_of(settings, ledger, archive)
    numbers = Numbers(ledger, deliveries, endpoints)
    numbers.forget_others()
    kept_ms = int((settings.events_kept_s + KEPT_BEYOND_S) * 1000)
    tracer = tracer_of(settings, SERVICE, ledger.epoch)

    def prune_old() -> int:
        # By the ledger's clock: a host's that is wrong would take off what still waits.
        return prune(archive, read_now_ms(ledger) - kept_ms, endpoints)

    courier = Courier(endpoints, deliveries, _posts(tracer), numbers.tell, prune_old)
    client = async_client(settings.redis_ledger_url, settings)
    connected = AsyncLedger(client, ledger.epoch, **replicas_of(settings))
    leader = Leader(DUTY, courier.deliver, connected, lease_s=settings.leader_lease_s, on_trouble=_trouble)
    over = threading.Event()
    reading = asyncio.create_task(asyncio.to_thread(_read, ledger, archive, endpoints, over))
    leading = asyncio.create_task(leader.run())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({reading, leading, waiting}, return_when=asyncio.FIRST_COMPLETED)
        courier.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_WAIT_S):
                await courier.idle.wait()
    finally:
        over.set()
        await cancel_and_wait([leading, waiting])
        await asyncio.wait({reading})
        await connected.aclose()
        await client.aclose()
        await asyncio.to_thread(end, tracer)
    reading.result()


def _posts(tracer: Tracer | None) -> Callable[[Endpoint], Posts]:
    sender = partial(Sender, tls=tls_context())
    return sender if tracer is None else lambda endpoint: TracedPosts(sender(endpoint), endpoint, tracer)


def reader_of(
    ledger: SyncLedger,
    archive: Archive,
    endpoints: Endpoints,
    pause: Callable[[float], None],
    stream: LedgerStream | None = None,
) -> Archiver:
    """What writes the stream down as deliveries. It trims nothing."""
    stream = stream or LedgerStream(ledger, group=READER)
    return Archiver(READER, ledger, archive, stream, DeliveryBook(READER, endpoints), pause=pause)


def _read(ledger: SyncLedger, archive: Archive, endpoints: Endpoints, over: threading.Event) -> None:
    def pause(seconds: float) -> None:
        if over.wait(seconds):
            raise _Over

    with suppress(_Over):
        reader_of(ledger, archive, endpoints, pause, _Stream(ledger, over)).run()


class _Stream(LedgerStream):
    """The stream until it is `over`: who is far behind does not pause, and is not waited for either."""

    def __init__(self, ledger: SyncLedger, over: threading.Event) -> None:
        super().__init__(ledger, group=READER)
        self._over = over

    def read(self, after: str, *, entries_max: int, wait_ms: int) -> Read:
        if self._over.is_set():
            raise _Over
        return super().read(after, entries_max=entries_max, wait_ms=wait_ms)


def _trouble(duty: str, code: str) -> None:
    log.warning("webhooks_trouble", duty=duty, code=code)


class _Over(Exception):
    """The process ends."""
