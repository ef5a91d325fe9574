"""Subscriptions for the event loop: the archive database blocks, so its calls run in threads of their own.

A slow archive holds up only those who ask for subscriptions: orders are accepted by other means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions

T = TypeVar("T")

#: Calls of the archive at once; SQLite takes one writer at a time anyhow. Whoever waits for a thread holds one of the
#: server's connections, which are limited.
THREADS_MAX: Final = 4


class AsyncSubscriptions:
    """The archive is opened by the first call that finds it: it may be upgraded while this process runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(THREADS_MAX, "subscriptions")
        self._opening = Lock()
        self._opened: Subscriptions | None = None

    async def call(self, work: Callable[[Subscriptions], T]) -> T:
        """What `work` makes of it. Raises as `Subscriptions` and as `work`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(self._subscriptions()))

    async def aclose(self) -> None:
        """Let the calls end that have begun, and close the connections."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        if self._opened is not None:
            self._opened.close()

    def _subscriptions(self) -> Subscriptions:
        with self._opening:
            if self._opened is None:
                self._opened = Subscriptions(self._settings)
            return self._opened
