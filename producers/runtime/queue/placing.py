"""Sends enqueue calls: by the script's hash, and with its text to a server that does not know it yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import redis
import redis.asyncio
from redis.exceptions import NoScriptError

from producers.runtime.link import Link
from producers.runtime.queue.calls import ENQUEUE_MAX, Enqueue, WakeUp, enqueue


def in_calls(wake_ups: Sequence[WakeUp]) -> Iterator[Enqueue]:
    """As few calls as may carry them; those that somebody waits for first."""
    for batch in (False, True):
        alike = [wake_up for wake_up in wake_ups if wake_up.batch is batch]
        for start in range(0, len(alike), ENQUEUE_MAX):
            yield enqueue(alike[start : start + ENQUEUE_MAX])


def place(client: redis.Redis, call: Enqueue) -> None:
    """Run one call; raises what redis-py raises, and may then be repeated."""
    try:
        client.execute_command(*call.by_sha)
    except NoScriptError:
        client.execute_command(*call.by_source)


async def place_async(client: redis.asyncio.Redis | Link, call: Enqueue) -> None:
    """`place` on the event loop."""
    try:
        await client.execute_command(*call.by_sha)
    except NoScriptError:
        await client.execute_command(*call.by_source)
