"""A payment on an event loop: redis-py's asyncio client, and whoever makes the POST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import aiohttp
import redis.asyncio

from tests.benchmarks.peers.payment import (
    EVENTS,
    PAYMENTS_URL,
    RESULTS_URL,
    claim_key,
    event,
    result_key,
    signed,
)

#: Connections to Redis per process.
CONNECTIONS_MAX = 100

Post = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


async def pay(wish: Mapping[str, Any], post: Post) -> None:
    """Claim, charge, and write down the result with its event, both or none."""
    store = _results()
    if not await store.set(claim_key(wish), "1", nx=True):
        return
    result = event(wish, await post(wish))
    async with store.pipeline(transaction=True) as together:
        together.hset(result_key(wish), mapping=result)  # type: ignore[unused-awaitable]  # a pipeline's are none
        together.xadd(EVENTS, result)  # type: ignore[unused-awaitable]
        await together.execute()


async def post_with(session: aiohttp.ClientSession, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The POST by aiohttp, signed by oauthlib."""
    async with session.post(PAYMENTS_URL, json=wish, headers=signed()) as response:
        response.raise_for_status()
        told: dict[str, Any] = await response.json()
        return told


@cache
def _results() -> redis.asyncio.Redis:
    # As it comes, redis-py's pool raises when its connections are in use; this one waits for one.
    pool = redis.asyncio.BlockingConnectionPool.from_url(RESULTS_URL, max_connections=CONNECTIONS_MAX, timeout=None)
    return redis.asyncio.Redis(connection_pool=pool)
