"""Dramatiq with its AsyncIO middleware and httpx, the client that most would take.

Each worker thread waits for one coroutine, so there are as many threads as payments in flight.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

import dramatiq
import httpx
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO

from tests.benchmarks.peers.loading import load
from tests.benchmarks.peers.on_loop import pay
from tests.benchmarks.peers.payment import PAYMENTS_URL, QUEUE_URL, signed

# A line per request is not what is measured.
logging.getLogger("httpx").setLevel(logging.WARNING)
broker = RedisBroker(url=QUEUE_URL)  # type: ignore[no-untyped-call]
broker.add_middleware(AsyncIO())
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="bench", max_retries=0)
async def charge(wish: dict[str, Any]) -> None:
    """Pay one order."""
    await pay(wish, _post)


async def _post(wish: Mapping[str, Any]) -> dict[str, Any]:
    response = await _client().post(PAYMENTS_URL, json=wish, headers=signed())
    response.raise_for_status()
    told: dict[str, Any] = response.json()
    return told


@cache
def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=40, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None))


if __name__ == "__main__":
    load(charge.send)
