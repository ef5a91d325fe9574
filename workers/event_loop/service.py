"""The life of a worker's event loop: open, consume, and let go of everything in an order that loses nothing.

Stopping: no more fetches, what was fetched and not started goes back, handlers end undisturbed, their
acknowledgements are confirmed, and only then the runtime closes. A bug in the loop's own tasks takes the same
way out, so that even then no handler is abandoned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from producers.runtime.link import Link
from workers.event_loop.cancelling import cancel_and_wait
from workers.event_loop.consumer import Consumer
from workers.event_loop.fetching import Fetching
from workers.event_loop.ports import Runtime
from workers.event_loop.settings import LoopSettings
from workers.event_loop.slots import Slots

#: Seconds kept back of the shutdown timeout for acknowledging and putting back, once handlers have ended; of a short
#: timeout no more than this share, because the settings promise handlers ten elevenths of it.
LETTING_GO_S, LETTING_GO_SHARE = 3.0, 1 / 11

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Service:
    """Runs the consumers of one process, the first before the others. All of it on one loop; `run` once."""

    def __init__(
        self, link: Link, runtime: Runtime, consumers: Sequence[Consumer], slots: Slots, settings: LoopSettings
    ) -> None:
        self._link = link
        self._runtime = runtime
        self._consumers = consumers
        self._fetching = Fetching(consumers, slots, settings)
        self._settings = settings
        self._stopped = asyncio.Event()

    @property
    def held(self) -> int:
        """Handlers running and acknowledgements not confirmed."""
        return sum(consumer.running + len(consumer.acks.waiting) for consumer in self._consumers)

    async def run(self, on_ready: Callable[[], None], on_failure: Callable[[], None]) -> bool:
        """Work until `stop`; True if nothing is held then.

        `on_ready` is called before the first fetch. A failure of the loop's own tasks calls `on_failure` at
        once, and is raised after the orderly way out.
        """
        await self._runtime.open()
        try:
            on_ready()
        except Exception:
            await self._close()
            raise
        fetching = asyncio.create_task(self._fetching.run())
        tending = [asyncio.create_task(duty) for consumer in self._consumers for duty in _duties(consumer)]
        tending.append(asyncio.create_task(self._runtime.tend()))
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([stopped, fetching, *tending], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not self._stopped.is_set():
            log.critical("event_loop_failed")
            on_failure()
        clean = await self._let_go(fetching)
        await cancel_and_wait([fetching, *tending])
        outcomes = await asyncio.gather(fetching, *tending, return_exceptions=True)
        await self._link.aclose()
        failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        if failures:
            raise failures[0]
        return clean

    def stop(self) -> None:
        """Begin to stop."""
        self._stopped.set()

    async def pause(self) -> None:
        """Fetch nothing; heartbeats and handlers go on. Returns when no fetch is under way."""
        await self._fetching.pause()

    def resume(self) -> None:
        """Fetch again."""
        self._fetching.resume()

    async def _let_go(self, fetching: asyncio.Task[None]) -> bool:
        loop = asyncio.get_running_loop()
        timeout_s = self._settings.shutdown_timeout_s
        ends_at = loop.time() + timeout_s
        handlers_end_at = ends_at - min(LETTING_GO_S, timeout_s * LETTING_GO_SHARE)
        self._drain()
        self._fetching.stop()
        await _within(handlers_end_at, asyncio.wait([fetching]))
        await _within(handlers_end_at, *(consumer.audit.sweep() for consumer in self._consumers))
        await _within(handlers_end_at, *(consumer.finished() for consumer in self._consumers))
        await _within(ends_at, *(consumer.acks.drained() for consumer in self._consumers))
        swept = await _within(ends_at, *(consumer.audit.sweep() for consumer in self._consumers))
        closed = await self._close()
        held = self.held
        log.info("event_loop_stopped", held=held, closed=closed)
        return closed and not held and swept == [True] * len(self._consumers)

    async def _close(self) -> bool:
        try:
            return await self._runtime.close()
        except Exception as error:  # a port: whatever it raises, the process ends and says so
            log.error("runtime_close_failed", error=type(error).__name__)
            return False

    def _drain(self) -> None:
        try:
            self._runtime.drain()
        except Exception as error:  # a port: the handlers in flight are waited for all the same
            log.error("runtime_drain_failed", error=type(error).__name__)


def _duties(consumer: Consumer) -> tuple[Coroutine[Any, Any, None], ...]:
    return consumer.acks.run(), consumer.audit.run(), consumer.beat()


async def _within(ends_at: float, *waits: Coroutine[Any, Any, Any]) -> list[Any]:
    """The results, errors among them, or nothing when the time is over. No error may skip the steps that follow."""
    try:
        async with asyncio.timeout_at(ends_at):
            results = await asyncio.gather(*waits, return_exceptions=True)
    except TimeoutError:
        return []
    for result in results:
        if isinstance(result, Exception):
            log.critical("event_loop_step_failed", error=type(result).__name__, exc_info=result)
    return results
