"""taskiq on a Redis stream, its broker that acknowledges, with aiohttp and uvloop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

import aiohttp
from taskiq_redis import RedisStreamBroker  # type: ignore[import-not-found]

from tests.benchmarks.peers.loading import load
from tests.benchmarks.peers.on_loop import pay, post_with
from tests.benchmarks.peers.payment import QUEUE_URL

# Between two reads the broker takes a lock to look for lost messages, so few large reads are better than many small.
broker = RedisStreamBroker(url=QUEUE_URL, xread_count=512)


@broker.task(task_name="charge")  # type: ignore[untyped-decorator]
async def charge(wish: dict[str, Any]) -> None:
    """Pay one order."""
    await pay(wish, _post)


async def _post(wish: Mapping[str, Any]) -> dict[str, Any]:
    return await post_with(_session(), wish)


@cache
def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=40))


def main() -> None:
    """Place orders on the queue."""
    with asyncio.Runner() as runner:
        runner.run(broker.startup())
        load(lambda wish: runner.run(charge.kiq(wish)))
        runner.run(broker.shutdown())


if __name__ == "__main__":
    main()
