"""The connections there are: handed out to one attempt at a time, never more than the limit, the latest used first.

Every connection, and everyone who dials one, holds a slot. A slot that comes free goes straight to whoever has waited
longest, with the connection if it is still good, so nobody who comes later overtakes.
"""

from __future__ import annotations

import asyncio
from typing import Final

import httpx

from cardinity_client.attempt import Attempt
from cardinity_client.transport.connection import Connection
from cardinity_client.transport.sockets import Dialler

#: Seconds an idle connection is kept. Load balancers drop theirs after 30-75 s without a word, and a charge
#: that meets such a connection becomes an unknown; well below that the race is rare and a busy worker still
#: re-uses nearly all.
KEEPALIVE_S: Final = 15.0


class Pool:
    """Belongs to the event loop that asks first."""

    def __init__(self, dialler: Dialler, connections_max: int, connect_timeout_s: float) -> None:
        self._dialler = dialler
        self._slots = connections_max
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connect_timeout_s = connect_timeout_s
        self._open: set[Connection] = set()
        #: Since when; in the order they came back.
        self._idle: dict[Connection, float] = {}
        #: Each gets a connection, or None for a slot to dial in; in the order they came.
        self._waiting: dict[asyncio.Future[Connection | None], None] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def take(self, attempt: Attempt) -> Connection:
        """A connection that is open and on which nothing was said. Raises httpx.TransportError subclasses."""
        if self._closed:
            raise RuntimeError("the transport is closed")
        attempt.dialling = False
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= attempt.deadline:
            raise httpx.PoolTimeout("the deadline had passed")
        while self._idle:
            connection, since = self._idle.popitem()
            if now - since < KEEPALIVE_S and connection.is_quiet():
                return connection
            connection.abort()
        try:
            async with asyncio.timeout_at(min(attempt.deadline, now + self._connect_timeout_s)):
                return await self._wait_or_dial(attempt)
        except TimeoutError as exc:
            if attempt.dialling:
                raise httpx.ConnectTimeout("no connection in time") from exc
            raise httpx.PoolTimeout("none was free") from exc

    def give_back(self, connection: Connection) -> None:
        """Ends one attempt's use. What cannot serve another request is dropped."""
        if connection.release():
            self._pass_on(connection)
        else:
            connection.abort()

    async def aclose(self) -> None:
        """Drops every connection; who waits for one gets none."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        while waiting := self._next():
            waiting.set_exception(RuntimeError("the transport is closed"))
        for connection in [*self._open]:
            connection.abort()
        await asyncio.sleep(0)  # lets the loop close the sockets

    async def _wait_or_dial(self, attempt: Attempt) -> Connection:
        while not self._slots:
            connection = await self._wait()
            if connection is None:
                return await self._dial(attempt)
            if connection.is_quiet():
                return connection
            connection.abort()
        self._slots -= 1
        return await self._dial(attempt)

    async def _wait(self) -> Connection | None:
        waiting: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = None
        try:
            return await waiting
        except asyncio.CancelledError:
            self._waiting.pop(waiting, None)
            if waiting.done() and not waiting.cancelled() and not waiting.exception():
                self._pass_on(waiting.result())  # it came just as this one gave up
            raise

    async def _dial(self, attempt: Attempt) -> Connection:
        """Connects, in a slot that is held already."""
        attempt.dialling = True
        try:
            connection = await self._dialler.dial(self._lost)
        except BaseException:
            self._pass_on(None)
            raise
        self._open.add(connection)
        if self._closed:
            connection.abort()
            raise RuntimeError("the transport is closed")
        return connection

    def _pass_on(self, connection: Connection | None) -> None:
        """To whoever has waited longest, else back: a connection, or a bare slot."""
        if waiting := self._next():
            waiting.set_result(connection)
        elif connection is None:
            self._slots += 1
        else:
            loop = self._loop
            assert loop is not None  # whoever gives back has taken
            self._idle[connection] = loop.time()
            if self._sweep is None:
                self._sweep = loop.call_later(KEEPALIVE_S, self._drop_stale)

    def _next(self) -> asyncio.Future[Connection | None] | None:
        while self._waiting:
            waiting = next(iter(self._waiting))
            del self._waiting[waiting]
            if not waiting.done():
                return waiting
        return None

    def _lost(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        if connection in self._open:
            self._open.remove(connection)
            self._pass_on(None)

    def _drop_stale(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [one for one, since in self._idle.items() if now - since >= KEEPALIVE_S]:
            connection.abort()
        oldest = next(iter(self._idle.values()), None)
        self._sweep = loop.call_at(oldest + KEEPALIVE_S, self._drop_stale) if oldest is not None else None
