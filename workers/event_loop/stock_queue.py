"""One queue in Dramatiq's own Redis layout, spoken from asyncio with Dramatiq's own script, acknowledgements apart.

So a stock worker, the dashboards and Dramatiq's maintenance see what they always see: a list of ids, a
hash of messages, a set of what this broker holds unacknowledged, and a heartbeat with every command.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import NoScriptError, RedisError

from producers.runtime.link import Link

#: What a failed command raises. Whether it was executed is then not known.
LOST = (RedisError, OSError, TimeoutError)
#: Dramatiq's bound on values unpacked on Lua's stack. Its own probe finds 3996; nothing here sends as many.
_UNPACK_MAX = 999
#: Acknowledges many messages at once; Dramatiq's script takes one, at 20 µs of the server's time each.
_ACK = (Path(__file__).with_name("ack.lua")).read_text("utf-8")
ACK_SHA = hashlib.sha1(_ACK.encode(), usedforsecurity=False).hexdigest()


class StockQueue:
    """The commands of one queue, in the name of this process's broker. Each may raise one of `LOST`.

    Nothing here is sent twice: a repeated fetch strands what the first one took.
    """

    def __init__(self, link: Link, broker: RedisBroker, name: str) -> None:
        self.name = name
        self._link = link
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
        """Acknowledge in one round trip; the ids that were refused, for whatever reason: all of them or none."""
        body = (2, self._unacknowledged, self._messages, *ids)
        reply = await self._link.send("EVALSHA", ACK_SHA, *body)
        if isinstance(reply, NoScriptError):  # it certainly did not run
            reply = await self._link.send("EVAL", _ACK, *body)
        return list(ids) if isinstance(reply, Exception) else []

    async def requeue(self, ids: Iterable[bytes]) -> None:
        """Put back what we hold; ids we do not hold are left alone."""
        await self._dispatch("requeue", *ids)

    async def beat(self, *, maintain: bool) -> None:
        """Give a sign of life; with `maintain` also return the messages of workers that give none."""
        await self._dispatch("qsize", maintain=maintain)

    async def is_waiting(self) -> bool:
        """Whether there is something to fetch. Reads only: looking costs no write and no fsync."""
        return cast("int", await self._execute(("LLEN", self._list))) > 0

    async def held(self) -> set[bytes]:
        """The ids that are ours and unacknowledged."""
        return set(await self._execute(("SMEMBERS", self._unacknowledged)))

    async def messages(self, ids: Sequence[bytes]) -> list[bytes | None]:
        """The messages of these ids, None where there is none."""
        return cast("list[bytes | None]", await self._execute(("HMGET", self._messages, *ids)))

    async def _dispatch(self, command: str, *args: bytes | int, maintain: bool = False) -> Any:
        line = (*self._command(command, maintain=maintain), *args)
        try:
            return await self._execute(line)
        except NoScriptError:  # it certainly did not run
            await self._execute(("SCRIPT", "LOAD", self._script.script))
            return await self._execute(line)

    async def _execute(self, line: tuple[Any, ...]) -> Any:
        return await self._link.execute_command(*line)

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
