"""The thread that carries the loop, and speaks to Dramatiq's Worker as one of its own worker threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import structlog
import uvloop
from dramatiq import Broker

from workers.event_loop.ports import LoopWatch
from workers.event_loop.service import Service

#: Exit codes: nothing held; a failure of the loop itself; something still held (sysexits' EX_TEMPFAIL).
EXIT_CLEAN, EXIT_FAILED, EXIT_HOLDING = 0, 70, 75

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class LoopThread(threading.Thread):
    """One event loop for one process. `build` runs on it; `on_failure` is called once if it ends unasked."""

    def __init__(
        self,
        broker: Broker,
        build: Callable[[], Service],
        watch: LoopWatch,
        on_failure: Callable[[], None],
    ) -> None:
        super().__init__(name="event-loop", daemon=True)
        self.paused_event = threading.Event()
        self._broker = broker
        self._build = build
        self._watch = watch
        self._on_failure = on_failure
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: Service | None = None
        self._stop_asked = False
        self._exit_code = EXIT_FAILED

    @property
    def exit_code(self) -> int:
        """What the process should exit with, as far as this loop is concerned."""
        return EXIT_HOLDING if self.is_alive() else self._exit_code

    @property
    def held(self) -> int:
        """Messages held now."""
        return self._service.held if self._service else 0

    def run(self) -> None:
        self._broker.emit_after("worker_thread_boot", self)
        loop = uvloop.new_event_loop()
        try:
            clean = loop.run_until_complete(self._serve(loop))
            self._exit_code = EXIT_CLEAN if clean else EXIT_HOLDING
        except Exception as error:
            log.critical("event_loop_ended", error=type(error).__name__, exc_info=error)
        finally:
            self._watch.disarm()
            if self._exit_code == EXIT_FAILED:
                self._fail()
            self._broker.emit_before("worker_thread_shutdown", self)
            self.paused_event.set()
            self._forget(loop)

    def stop(self) -> None:
        """Begin to stop; join waits for the end."""
        with self._guard:
            self._stop_asked = True
            if self._loop and self._service:
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._service.stop)

    def pause(self) -> None:
        """Fetch nothing until `resume`; `paused_event` tells when that holds."""
        self.paused_event.clear()
        with self._guard:
            if self._loop and self._service and self.is_alive():
                asyncio.run_coroutine_threadsafe(self._pause(self._service), self._loop)
            else:
                self.paused_event.set()

    def resume(self) -> None:
        """Fetch again."""
        self.paused_event.clear()
        with self._guard:
            if self._loop and self._service:
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._service.resume)

    async def _serve(self, loop: asyncio.AbstractEventLoop) -> bool:
        service = self._build()
        with self._guard:
            self._loop, self._service = loop, service
            if self._stop_asked:
                service.stop()
        return await service.run(on_ready=lambda: self._watch.arm(loop), on_failure=self._fail)

    async def _pause(self, service: Service) -> None:
        await service.pause()
        self.paused_event.set()

    def _fail(self) -> None:
        """Tell once, and not when the process is stopping anyway."""
        if not self._stop_asked:
            self._stop_asked = True
            self._on_failure()

    def _forget(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the loop, unless tasks were left on it: their clean-up would find no loop to run on."""
        with self._guard:
            self._loop = None
            if asyncio.all_tasks(loop):
                loop.set_exception_handler(lambda _loop, _context: None)
            else:
                loop.close()
