"""A pipelined connection to Redis: everything that the tasks of one loop tick ask for leaves in one write.

A worker has hundreds of orders in flight and each needs a handful of commands. redis-py gives each command, or each
pipeline, a connection from a pool and reads reply after reply under a timeout; that is 60 µs of a payment's CPU. Here
commands of all tasks share one connection in both directions: packed by hiredis, written once per tick, answered in
order. `appendfsync always` then pays for one fsync per batch instead of one per command.

redis-py still says where the server is and how to reach it (URL, TLS, password), and its exceptions are raised, so
`failures.translate` reads both alike. Nothing is ever sent again: of a connection that breaks, every command without
an answer fails, and whether it was executed is then not known.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, cast

import hiredis
import redis.asyncio
from redis import exceptions as theirs

#: Batches under way at once. One keeps the link idle while a reply is read; more only splits the batches.
LANES: Final = 2
#: Commands in one write at the most: bounds the buffers on both sides.
BATCH_MAX: Final = 512
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


class Link:
    """One connection to the server of `client`, made when first needed and again after it broke.

    Belongs to the event loop that uses it. Replies are raw; errors of single commands are returned, not raised.
    """

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        #: Looked up once: each look asks the kernel which process this is.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[Sequence[Command], asyncio.Future[Any]]] = []
        self._scheduled = False
        self._wire: _Wire | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._closed = False
        #: Writes so far, each shared by all commands of its moment.
        self.round_trips = 0

    def send(self, *command: Any) -> asyncio.Future[Any]:
        """The command's reply.

        Raises:
            RedisError, OSError: the connection cannot be made, or broke before the reply came.
        """
        return self._send((command,))

    def send_all(self, commands: Sequence[Command]) -> asyncio.Future[Any]:
        """A list of replies to commands that stay together and in order. Raises as `send`."""
        return self._send([*commands])

    async def execute_command(self, *command: Any) -> Any:
        """As redis-py's: the reply, an error raised."""
        reply = await self.send(*command)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def aclose(self) -> None:
        """Close; whatever has no answer yet fails."""
        self._closed = True
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait([self._dialling])
        if self._wire is not None:
            self._wire.fail(theirs.ConnectionError("the connection was closed"))
        self._fail(theirs.ConnectionError("the connection was closed"))

    def _send(self, commands: Sequence[Command]) -> asyncio.Future[Any]:
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((commands, future))
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._flush)
        return future

    def _flush(self) -> None:
        self._scheduled = False
        if self._closed:
            self._fail(theirs.ConnectionError("the connection was closed"))
        elif self._wire is None:
            if self._waiting and self._dialling is None:
                self._dialling = asyncio.get_running_loop().create_task(self._dial())
        else:
            while self._waiting and self._wire.under_way < LANES:
                batch = self._waiting[:BATCH_MAX]
                del self._waiting[:BATCH_MAX]
                self.round_trips += 1
                self._wire.write(batch)

    async def _dial(self) -> None:
        try:
            connection = self._client.connection_pool.make_connection()
            async with asyncio.timeout(connection.socket_connect_timeout):
                self._wire = await _connect(connection, self._lost, self._flush)
        except (theirs.RedisError, OSError) as error:
            self._fail(error)
        except Exception as error:  # whatever it is, who waits must hear of it, and as what a caller expects
            self._fail(theirs.ConnectionError(f"the connection cannot be made: {type(error).__name__}"))
        finally:
            self._dialling = None
            self._flush()

    def _lost(self) -> None:
        """The wire has failed what it carried; what still waits goes over the next one."""
        self._wire = None
        self._flush()

    def _fail(self, error: BaseException) -> None:
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(error)


class _Wire(asyncio.Protocol):
    """The socket: batches in, replies out, in the same order."""

    def __init__(self, answer_timeout_s: float, on_lost: Any, on_room: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._answer_timeout_s = answer_timeout_s
        self._on_lost = on_lost
        self._on_room = on_room
        self._reader = hiredis.Reader(replyError=_error_of, notEnoughData=_NOT_YET)
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
        self._transport.write(b"".join(packed))

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


async def _connect(connection: Any, on_lost: Any, on_room: Any) -> _Wire:
    """A wire that is logged in and in its database. `connection` is redis-py's, not connected: it knows the way."""
    loop = asyncio.get_running_loop()
    tls = connection.ssl_context.get() if isinstance(connection, redis.asyncio.SSLConnection) else None

    def make() -> _Wire:
        return _Wire(connection.socket_timeout or ANSWER_TIMEOUT_S, on_lost, on_room)

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
    answered = loop.create_future()
    try:
        if wire.error is None:
            wire.write([(greeting, answered)])
            for reply in await answered:
                if isinstance(reply, Exception):
                    raise reply
        # The server may break it off before it is asked, or right behind its answer: nobody would hear of it later.
        if wire.error is not None:
            raise wire.error
    except BaseException as error:
        wire.fail(error)
        raise
    return wire


def _error_of(text: str) -> theirs.RedisError:
    return _ERRORS.get(text.partition(" ")[0], theirs.ResponseError)(text)
