"""What the event loop asks of its surroundings."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol

#: What an async actor wraps: the order to look at, and the version of the message.
Handler = Callable[[str, int], Awaitable[object]]

#: How many messages of the queue of that name may be taken now. Asked before every fetch, so it must return at once.
Admits = Callable[[str], int]


def every(_: str) -> int:
    """No queue is ever paused, and nothing is kept waiting."""
    return sys.maxsize


class Runtime(Protocol):
    """What handlers need while the loop runs: sessions, ledgers, background tasks. Lives on the loop."""

    async def open(self) -> None:
        """Get ready; nothing is fetched before. An error stops the worker, having cleaned up after itself."""
        ...

    async def tend(self) -> None:
        """Go on while its background tasks do. One that ends is a bug, and raised: a process without it looks alive and
        does nothing, so it stops and is started afresh."""
        ...

    def drain(self) -> None:
        """Stopping has begun: start nothing that need not be started. Handlers in flight still finish."""
        ...

    async def close(self) -> bool:
        """Let go of everything; True if this worker holds no order whose fate is open."""
        ...


class LoopWatch(Protocol):
    """Kills the process when the loop stands still."""

    def arm(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, for as long as the loop turns."""
        ...

    def disarm(self) -> None:
        """The loop has ended."""
        ...


class Quarantine(Protocol):
    """Where messages go that nobody here could have sent."""

    async def put(self, raw: bytes, reason: str) -> None:
        """Keep it for a human. It leaves the queue when this returns, and is offered again when it raises."""
        ...


class LoopHooks(Protocol):
    """What happens on the loop, for metrics. Called on the loop, so it must return at once."""

    def handled(self, queue: str, actor: str, duration_s: float, *, failed: bool) -> None:
        """A handler returned, or raised."""
        ...

    def acked(self, queue: str, count: int) -> None:
        """Acknowledgements were confirmed."""
        ...

    def command_failed(self, queue: str, command: str) -> None:
        """A queue command failed and will be repeated."""
        ...

    def requeued(self, queue: str, count: int) -> None:
        """An audit found messages delivered to nobody and put them back."""
        ...

    def quarantined(self, queue: str, reason: str) -> None:
        """A message was put aside."""
        ...


class NoHooks:
    """Hooks of a loop nobody watches."""

    def handled(self, queue: str, actor: str, duration_s: float, *, failed: bool) -> None: ...

    def acked(self, queue: str, count: int) -> None: ...

    def command_failed(self, queue: str, command: str) -> None: ...

    def requeued(self, queue: str, count: int) -> None: ...

    def quarantined(self, queue: str, reason: str) -> None: ...


NO_HOOKS = NoHooks()
