"""One queue in Dramatiq's own Redis layout, spoken from asyncio with Dramatiq's own script.

So a stock worker, the dashboards and Dramatiq's maintenance see what they always see: a list of ids, a
hash of messages, a set of what this broker holds unacknowledged, and a heartbeat with every command.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, cast

from dramatiq.brokers.redis import RedisBroker
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

#: What a failed command raises. Whether it was executed is then not known.
LOST = (RedisError, OSError, TimeoutError)
#: Dramatiq's bound on values unpacked on Lua's stack. Its own probe finds 3996; nothing here sends as many.
_UNPACK_MAX = 999


class StockQueue:
    """The commands of one queue, in the name of this process's broker. Each may raise one of `LOST`.

    The client must not retry by itself: a repeated fetch strands what the first one took.
    """

    def __init__(self, client: Redis, broker: RedisBroker, name: str) -> None:
        self.name = name
        self._client = client
        self._broker = broker
        self._script = broker.scripts["dispatch"]
        prefix = f"{broker.namespace}:"
        self._list = f"{prefix}{name}"
        self._messages = f"{prefix}{name}.msgs"
        self._unacknowledged = f"{prefix}__acks__.{broker.broker_id}.{name}"

    async def fetch(self, count: int) -> list[bytes | None]:
        """Take up to that many messages; None for an id without one. They are ours until acknowledged."""
        return cast("list[bytes | None]", await self._dispatch("fetch", count))

    async def ack(self, ids: Sequence[bytes]) -> list[bytes]:
        """Acknowledge in one round trip; the ids that were refused, for whatever reason.

        A script the server has forgotten is one: the next heartbeat loads it.
        """
        pipeline = self._client.pipeline(transaction=False)
        prefix = self._command("ack")
        for redis_id in ids:
            pipeline.execute_command(*prefix, redis_id)
        replies = await pipeline.execute(raise_on_error=False)
        return [id_ for id_, reply in zip(ids, replies, strict=True) if isinstance(reply, Exception)]

    async def requeue(self, ids: Iterable[bytes]) -> None:
        """Put back what we hold; ids we do not hold are left alone."""
        await self._dispatch("requeue", *ids)

    async def beat(self, *, maintain: bool) -> None:
        """Give a sign of life; with `maintain` also return the messages of workers that give none."""
        await self._dispatch("qsize", maintain=maintain)

    async def is_waiting(self) -> bool:
        """Whether there is something to fetch. Reads only: looking costs no write and no fsync."""
        return await self._client.llen(self._list) > 0

    async def held(self) -> set[bytes]:
        """The ids that are ours and unacknowledged."""
        return cast("set[bytes]", await cast("Awaitable[Any]", self._client.smembers(self._unacknowledged)))

    async def messages(self, ids: Sequence[bytes]) -> list[bytes | None]:
        """The messages of these ids, None where there is none."""
        return await cast("Awaitable[list[bytes | None]]", self._client.hmget(self._messages, list(ids)))

    async def _dispatch(self, command: str, *args: bytes | int, maintain: bool = False) -> Any:
        line = (*self._command(command, maintain=maintain), *args)
        try:
            return await self._execute(line)
        except NoScriptError:  # it certainly did not run
            await self._execute(("SCRIPT LOAD", self._script.script))
            return await self._execute(line)

    async def _execute(self, line: tuple[Any, ...]) -> Any:
        return await self._client.execute_command(*line)

    def _command(self, command: str, *, maintain: bool = False) -> tuple[str | int, ...]:
        broker = self._broker
        return (
            "EVALSHA",
            self._script.sha,
            1,
            broker.namespace,
            command,
            int(time.time() * 1000),
            self.name,
            broker.broker_id,
            broker.heartbeat_timeout,
            broker.dead_message_ttl,
            int(maintain),
            _UNPACK_MAX,
        )
