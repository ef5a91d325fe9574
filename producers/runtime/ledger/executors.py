"""Run ledger calls: one executor that blocks, one for asyncio. Both speak to the epoch they were pinned to."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

import hiredis
import redis
import redis.asyncio
from redis.exceptions import NoScriptError, RedisError, ResponseError

from producers.errors import LedgerUnavailable
from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.failures import refuse_foreign_epoch, translate
from producers.runtime.ledger.scripts import NAMESPACE, script
from producers.runtime.link import Link
from producers.runtime.redis_wire import Command

T = TypeVar("T")

#: Seconds an idempotent call is repeated for after its reply was lost, unless the caller says otherwise.
PATIENCE_S = 3.0
#: Pauses between repeats, seconds: first, and at the most.
PAUSE_FIRST_S, PAUSE_MAX_S = 0.02, 0.5

#: What redis-py raises when a connection is gone; OSError and asyncio's timeout slip through its own hierarchy.
LOST = (RedisError, OSError, asyncio.TimeoutError, asyncio.IncompleteReadError)


class Executor(Protocol):
    """Runs calls for asyncio code; what the protocol's code is given."""

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        """The call's result.

        Raises:
            LedgerUnavailable: no answer within `patience_s`; `ambiguous` if it may have run.
            LedgerLockdown: another ledger answered than the pinned one.
            QueueFull: Redis is full and the call is not one that outcomes need.
        """
        ...

    async def read(self, *command: Any) -> Any:
        """The reply of one read-only command."""
        ...


class AsyncLedger:
    """The executor of worker processes and of the asyncio producer: all calls of a moment share a round trip.

    Belongs to one event loop. `client` says where the ledger is; close what was made of it with `aclose`.
    """

    def __init__(
        self, client: redis.asyncio.Redis, epoch: str, *, replicas: int = 0, replicas_wait_ms: int = 1000
    ) -> None:
        self._link = Link(client)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.epoch = epoch
        self._wait: Command | None = ("WAIT", replicas, replicas_wait_ms) if replicas else None
        self._replicas = replicas

    @property
    def round_trips(self) -> int:
        """Round trips so far, each shared by all calls of its moment."""
        return self._link.round_trips

    async def aclose(self) -> None:
        """Close the connection; calls without an answer fail."""
        await self._link.aclose()

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        give_up_at = self._now() + patience_s
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                return await self._once(call)
            except LedgerUnavailable as error:
                if (error.ambiguous and not call.idempotent) or self._now() + pause_s > give_up_at:
                    raise
            await asyncio.sleep(_jittered(pause_s))
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    async def read(self, *command: Any) -> Any:
        try:
            reply = await self._link.execute_command(*command)
        except LOST as error:
            raise translate(error) from None
        # As redis-py gives it to the blocking executor.
        return dict(zip(reply[::2], reply[1::2], strict=True)) if command[0] == "HGETALL" else reply

    def _now(self) -> float:
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        return loop.time()

    async def _once(self, call: Call[T]) -> T:
        code = script(call.script)
        body = (1, NAMESPACE, self.epoch, *call.args)
        try:
            reply = await self._evaluate(("EVALSHA", code.sha, *body), durable=call.durable)
            if isinstance(reply, NoScriptError):
                reply = await self._evaluate(("EVAL", code.source, *body), durable=call.durable)
        except LOST as error:
            raise translate(error) from None
        return _result(call, reply)

    async def _evaluate(self, command: Command, *, durable: bool) -> Any:
        if not durable or self._wait is None:
            return await self._link.send(*command)
        reply, confirmed = await self._link.send_all((command, self._wait))
        if _too_few(confirmed, self._replicas):
            raise LedgerUnavailable("the write is not on every replica", ambiguous=True)
        return reply


class SyncLedger:
    """The blocking executor of the synchronous producer and of the command line."""

    def __init__(self, client: redis.Redis, epoch: str, *, replicas: int = 0, replicas_wait_ms: int = 1000) -> None:
        self._client = client
        self.epoch = epoch
        self._replicas = replicas
        self._replicas_wait_ms = replicas_wait_ms

    def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        """As `Executor.run`."""
        return self.run_many([call], patience_s=patience_s)[0]

    def run_many(self, calls: Sequence[Call[T]], *, patience_s: float = PATIENCE_S) -> list[T]:
        """Results of idempotent calls in order, in one round trip; all are repeated when the reply was lost."""
        give_up_at = time.monotonic() + patience_s
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                return [_result(call, reply) for call, reply in zip(calls, self._send(calls), strict=True)]
            except LedgerUnavailable:
                if time.monotonic() + pause_s > give_up_at:
                    raise
            time.sleep(_jittered(pause_s))
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    def read(self, *command: Any) -> Any:
        """As `Executor.read`."""
        try:
            return self._client.execute_command(*command)
        except LOST as error:
            raise translate(error) from None

    def read_many(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to read-only commands, as the wire has them, in one round trip."""
        try:
            replies = self._pipeline(commands)
        except LOST as error:
            raise translate(error) from None
        for reply in replies:
            if isinstance(reply, Exception):
                raise translate(reply)
        return replies

    def _send(self, calls: Sequence[Call[T]]) -> list[Any]:
        bodies = [(script(call.script), (1, NAMESPACE, self.epoch, *call.args)) for call in calls]
        durable = self._replicas > 0 and any(call.durable for call in calls)
        wait: list[Command] = [("WAIT", self._replicas, self._replicas_wait_ms)] if durable else []
        try:
            replies = self._pipeline([*(("EVALSHA", code.sha, *body) for code, body in bodies), *wait])
            if any(isinstance(reply, NoScriptError) for reply in replies):
                # Calls are idempotent, so those that did run may run again with their text.
                replies = self._pipeline([*(("EVAL", code.source, *body) for code, body in bodies), *wait])
        except LOST as error:
            raise translate(error) from None
        if durable and _too_few(replies.pop(), self._replicas):
            raise LedgerUnavailable("the write is not on every replica", ambiguous=True)
        return replies

    def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to these, written in one piece: redis-py's own takes twice the CPU, and 6 KB at a time."""
        pool = self._client.connection_pool
        connection = pool.get_connection()
        try:
            connection.send_packed_command([b"".join(map(hiredis.pack_command, commands))])
            return [_reply(connection) for _ in commands]
        except BaseException:
            connection.disconnect()  # replies that nobody read must not be taken for those of the next command
            raise
        finally:
            pool.release(connection)


def _reply(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


def _too_few(confirmed: Any, replicas: int) -> bool:
    return isinstance(confirmed, Exception) or confirmed < replicas


def _jittered(pause_s: float) -> float:
    return pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def _result(call: Call[T], reply: Any) -> T:
    if isinstance(reply, Exception):
        raise translate(reply)
    refuse_foreign_epoch(cast(Reply, reply))
    return call.decode(cast(Reply, reply))
