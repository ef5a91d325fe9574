"""One queue's consumer: fetches what it is told to, starts it, acknowledges when it has ended.

Nothing is prefetched beyond the free slots: a message waiting in a process is one more to recover when it
dies. A handler that raises is acknowledged all the same, because the ledger's sweeper is what brings an order
back, and a message that fails for ever must not come back for ever.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping

import structlog
from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy
from dramatiq.middleware import SkipMessage

from workers.event_loop.acks import Acks
from workers.event_loop.audit import Auditor
from workers.event_loop.delivery import Delivery, Foreign, read
from workers.event_loop.ports import Admits, Handler, LoopHooks, Quarantine, every
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots
from workers.event_loop.stock_queue import LOST, StockQueue

#: Innermost places named when a handler fails.
FRAMES_MAX = 5

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Consumer:
    """Consumes one queue with the handlers of its actors. Lives on one loop."""

    def __init__(
        self,
        queue: StockQueue,
        handlers: Mapping[str, Handler],
        broker: Broker,
        slots: Slots,
        quarantine: Quarantine,
        settings: LoopSettings,
        hooks: LoopHooks,
        admits: Admits = every,
    ) -> None:
        self._queue = queue
        self._admits = admits
        self._handlers = handlers
        self._broker = broker
        self._settings = settings
        self._hooks = hooks
        self._watched = any(_watches_messages(middleware) for middleware in broker.middleware)
        self._turn = asyncio.Lock()
        self._paused = False
        self._stopping = False
        self._look_due_at = 0.0
        #: Whether it was found empty, could not be asked, or was not to be served.
        self.dry = True
        #: Commands that failed in a row.
        self.failures = 0
        self._running: dict[bytes, asyncio.Task[None]] = {}
        self.acks = Acks(queue, slots, settings, hooks)
        self.audit = Auditor(queue, handlers, self._known, self._turn, quarantine, settings, hooks)

    @property
    def running(self) -> int:
        """Handlers that have not ended."""
        return len(self._running)

    @property
    def look_due(self) -> bool:
        """Whether it was found empty so long ago that even a queue behind another is looked at again."""
        return asyncio.get_running_loop().time() >= self._look_due_at

    async def look(self) -> bool:
        """Whether there is something to fetch: costs no write, unlike a fetch."""
        try:
            self.dry = not (self._admits(self._queue.name) and await self._queue.is_waiting())
        except LOST as error:
            self._note_failure(error)
        if self.dry:
            self._look_due_at = asyncio.get_running_loop().time() + self._settings.behind_look_s
        return not self.dry

    async def fetch(self, asked: int) -> int:
        """Start up to so many messages; how many that were."""
        if not self._admits(self._queue.name):
            self.dry = True
        if self.dry and not await self.look():
            return 0
        async with self._turn:
            asked = min(asked, self._admits(self._queue.name))
            if not asked or self._stopping or self._paused:
                return 0
            try:
                raws = await self._queue.fetch(asked)
            except LOST as error:
                self.audit.suspect()
                self._note_failure(error)
                return 0
            if self.failures:
                log.info("fetch_recovered", queue=self._queue.name, failures=self.failures)
                self.failures = 0
            self.dry = len(raws) < asked
            return self._accept(raws)

    async def beat(self) -> None:
        """Give signs of life for as long as the loop turns, and look for messages of dead workers."""
        maintained_at = asyncio.get_running_loop().time()
        while True:
            now = asyncio.get_running_loop().time()
            maintain = now - maintained_at >= self._settings.maintenance_s
            try:
                await self._queue.beat(maintain=maintain)
            except LOST:
                self._hooks.command_failed(self._queue.name, "beat")
            else:
                maintained_at = now if maintain else maintained_at
            await asyncio.sleep(self._settings.heartbeat_s)

    async def pause(self) -> None:
        """Fetch nothing more; returns when no fetch is under way."""
        self._paused = True
        async with self._turn:
            pass

    def resume(self) -> None:
        """Fetch again."""
        self._paused = False

    def stop(self) -> None:
        """Fetch nothing more, for good. What a fetch under way still brings is not started."""
        self._stopping = True

    async def finished(self) -> None:
        """Wait until the handlers have ended; they are not interrupted."""
        while self._running:
            await asyncio.wait(set(self._running.values()))

    def _known(self) -> set[bytes]:
        return self._running.keys() | self.acks.waiting

    def _accept(self, raws: list[bytes | None]) -> int:
        if self._stopping:
            return 0  # the audit of the shutdown puts them back
        started = 0
        for raw in raws:
            reading = Foreign("") if raw is None else read(raw, queue=self._queue.name, actors=self._handlers)
            if isinstance(reading, Foreign):
                self.audit.suspect()
            elif reading.redis_id not in self._running:
                self._running[reading.redis_id] = asyncio.create_task(self._handle(reading))
                started += 1
        return started

    async def _handle(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        failed = False
        try:
            await (self._run_watched(delivery) if self._watched else self._run(delivery))
        except (Exception, asyncio.CancelledError) as error:
            failed = True
            log.error("handler_failed", queue=delivery.queue, actor=delivery.actor, **_without_values(error))
        del self._running[delivery.redis_id]
        self.acks.add(delivery.redis_id)
        self._hooks.handled(delivery.queue, delivery.actor, loop.time() - began, failed=failed)

    async def _run(self, delivery: Delivery) -> None:
        await self._handlers[delivery.actor](delivery.order_id, delivery.version)

    async def _run_watched(self, delivery: Delivery) -> None:
        proxy = MessageProxy(delivery.message())
        try:
            self._broker.emit_before("process_message", proxy)
        except SkipMessage:
            self._broker.emit_after("skip_message", proxy)
            return
        try:
            await self._run(delivery)
        except (Exception, asyncio.CancelledError) as error:
            self._broker.emit_after("process_message", proxy, exception=error)
            raise
        self._broker.emit_after("process_message", proxy, result=None)

    def _note_failure(self, error: BaseException) -> None:
        self.dry = True
        self.failures += 1
        self._hooks.command_failed(self._queue.name, "fetch")
        if self.failures == 1:
            log.warning("fetch_failed", queue=self._queue.name, error=type(error).__name__)


def _watches_messages(middleware: Middleware) -> bool:
    """Whether it overrides a hook around messages; most do not, and then no message object need be built."""
    hooks = ("before_process_message", "after_process_message", "after_skip_message")
    return any(getattr(type(middleware), hook) is not getattr(Middleware, hook) for hook in hooks)


def _without_values(error: BaseException) -> dict[str, object]:
    """What went wrong and where. Not the message of the exception: it may quote the data it choked on."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno}" for frame in frames[-FRAMES_MAX:]]
    return {"error": type(error).__name__, "where": where}
