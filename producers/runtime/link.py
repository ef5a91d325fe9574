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
from collections.abc import Sequence
from typing import Any, Final

import redis.asyncio
from redis import exceptions as theirs

from producers.runtime.redis_wire import Command, Wire, connect

#: Batches under way at once. One keeps the link idle while a reply is read; more only splits the batches.
UNDER_WAY_MAX: Final = 2
#: Commands in one write at the most: bounds the buffers on both sides.
BATCH_MAX: Final = 512


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
        self._wire: Wire | None = None
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
        elif self._wire is None and self._waiting and self._dialling is None:
            self._dialling = asyncio.get_running_loop().create_task(self._dial())
        while self._waiting and (wire := self._wire) is not None and wire.under_way < UNDER_WAY_MAX:
            batch = self._waiting[:BATCH_MAX]
            del self._waiting[:BATCH_MAX]
            self.round_trips += 1
            wire.write(batch)

    async def _dial(self) -> None:
        try:
            connection = self._client.connection_pool.make_connection()
            async with asyncio.timeout(connection.socket_connect_timeout):
                self._wire = await connect(connection, self._lost, self._flush)
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
