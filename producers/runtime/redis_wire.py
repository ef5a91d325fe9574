"""One connection to Redis under a link: batches of commands in, their replies out in the same order."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, cast

import hiredis
import redis.asyncio
from redis import exceptions as theirs

from producers.runtime.sentinel import refuse_replica
from producers.runtime.sentinel_connections import AsyncFound

#: Seconds until an answer counts as lost, when the client does not say.
ANSWER_TIMEOUT_S: Final = 5.0

Command = tuple[Any, ...]

#: Errors that somebody tells apart, by the first word of the reply.
_ERRORS: Final[dict[str, type[theirs.RedisError]]] = {
    "NOSCRIPT": theirs.NoScriptError,
    "OOM": theirs.OutOfMemoryError,
    "READONLY": theirs.ReadOnlyError,
    "LOADING": theirs.BusyLoadingError,
    "NOAUTH": theirs.AuthenticationError,
    "WRONGPASS": theirs.AuthenticationError,
    "NOPERM": theirs.NoPermissionError,
}
_NOT_YET: Final = object()


class Wire(asyncio.Protocol):
    """The socket: batches in, replies out, in the same order."""

    def __init__(self, answer_timeout_s: float, on_lost: Any, on_room: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._answer_timeout_s = answer_timeout_s
        self._on_lost = on_lost
        self._on_room = on_room
        self._reader = hiredis.Reader(replyError=self._error_of, notEnoughData=_NOT_YET)
        self._transport: asyncio.Transport | None = None
        #: For every command written and not answered: where its reply goes.
        self._expected: deque[_Replies] = deque()
        #: For every batch under way: how many replies it still lacks, and when it was written.
        self._batches: deque[list[float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._error: BaseException | None = None

    @property
    def under_way(self) -> int:
        """Batches not wholly answered."""
        return len(self._batches)

    @property
    def error(self) -> BaseException | None:
        """Why it carries nothing any more, if so."""
        return self._error

    def write(self, batch: Sequence[tuple[Sequence[Command], asyncio.Future[Any]]]) -> None:
        """Send these; their futures get the replies."""
        assert self._transport is not None
        packed, pack, expect = [], hiredis.pack_command, self._expected.append
        for commands, future in batch:
            replies = _Replies(future, len(commands), isinstance(commands, tuple))
            for command in commands:
                packed.append(pack(command))
                expect(replies)
        self._batches.append([len(packed), self._loop.time()])
        if self._watch is None:
            self._watch = self._loop.call_later(self._answer_timeout_s / 4, self._look)
        try:
            self._transport.write(b"".join(packed))
        except RuntimeError:  # uvloop's word for a connection that was closed in this very turn of the loop
            self.fail(theirs.ConnectionError("the connection to Redis broke"))

    def fail(self, error: BaseException) -> None:
        """Give the connection up; everything it carried fails."""
        if self._error is not None:
            return
        self._error = error
        if self._transport is not None:
            self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
        expected, self._expected = self._expected, deque()
        self._batches.clear()
        for replies in expected:
            replies.fail(error)
        self._on_lost()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        if self._error is not None:
            return
        expected, batches, gets = self._expected, self._batches, self._reader.gets
        room = False
        try:
            self._reader.feed(data)
            while (reply := gets()) is not _NOT_YET:
                expected.popleft().add(reply)
                batches[0][0] -= 1
                if not batches[0][0]:
                    batches.popleft()
                    room = True
        except (hiredis.ProtocolError, IndexError):
            self.fail(theirs.InvalidResponse("the server does not speak Redis' protocol"))
            return
        if room:
            self._on_room()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.fail(theirs.ConnectionError("the connection to Redis broke"))

    def _error_of(self, text: str) -> theirs.RedisError:
        kind = _ERRORS.get(text.partition(" ")[0], theirs.ResponseError)
        if kind is theirs.ReadOnlyError:  # it was a primary: the next connection may lead to its successor
            self._loop.call_soon(self.fail, theirs.ConnectionError("the server is a replica now"))
        return kind(text)

    def _look(self) -> None:
        """Whether the oldest batch has waited too long for its answer."""
        self._watch = None
        if not self._batches:
            return
        if self._loop.time() - self._batches[0][1] > self._answer_timeout_s:
            self.fail(theirs.TimeoutError("no answer from Redis in time"))
        else:
            self._watch = self._loop.call_later(self._answer_timeout_s / 4, self._look)


class _Replies:
    """Gathers the replies to one call of `send`."""

    __slots__ = ("_future", "_lacking", "_replies", "_single")

    def __init__(self, future: asyncio.Future[Any], count: int, single: bool) -> None:
        self._future = future
        self._lacking = count
        self._single = single
        self._replies: list[Any] = []

    def add(self, reply: Any) -> None:
        if self._single:
            if not self._future.done():
                self._future.set_result(reply)
            return
        self._replies.append(reply)
        self._lacking -= 1
        if not self._lacking and not self._future.done():
            self._future.set_result(self._replies)

    def fail(self, error: BaseException) -> None:
        if not self._future.done():
            self._future.set_exception(error)


async def connect(connection: Any, on_lost: Any, on_room: Any) -> Wire:
    """A wire that is logged in and in its database. `connection` is redis-py's, not connected: it knows the way."""
    loop = asyncio.get_running_loop()
    found = isinstance(connection, AsyncFound)
    if found:
        await connection.find()
    tls = connection.ssl_context.get() if isinstance(connection, redis.asyncio.SSLConnection) else None

    def make() -> Wire:
        return Wire(connection.socket_timeout or ANSWER_TIMEOUT_S, on_lost, on_room)

    if isinstance(connection, redis.asyncio.UnixDomainSocketConnection):
        transport, wire = await loop.create_unix_connection(make, connection.path)
    else:
        transport, wire = await loop.create_connection(make, connection.host, connection.port, ssl=tls)
        carrier = transport.get_extra_info("socket")
        carrier.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        carrier.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    greeting: list[Command] = [("SELECT", connection.db)]
    if connection.password is not None:
        user = () if connection.username is None else (connection.username,)
        greeting.insert(0, ("AUTH", *user, connection.password))
    if found:
        greeting.append(("HELLO", 2))
    answered = loop.create_future()
    try:
        if wire.error is None:
            wire.write([(greeting, answered)])
            for reply in (replies := await answered):
                if isinstance(reply, Exception):
                    raise reply
            if found:
                refuse_replica(replies[-1])
        # The server may break it off before it is asked, or right behind its answer: nobody would hear of it later.
        if wire.error is not None:
            raise wire.error
    except BaseException as error:
        wire.fail(error)
        raise
    return wire
