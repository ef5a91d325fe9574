"""A payment on a thread, as the SDK examples do it: redis-py, and requests with requests-oauthlib.

A session per thread keeps its connection to the gateway; sessions are not made to be shared.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import redis
from requests_oauthlib import OAuth1Session  # type: ignore[import-untyped]

from tests.benchmarks.peers.payment import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    EVENTS,
    PAYMENTS_URL,
    RESULTS_URL,
    claim_key,
    event,
    result_key,
)

_local = threading.local()


def post(wish: Mapping[str, Any]) -> dict[str, Any]:
    """Charge, and hear what came of it."""
    session = getattr(_local, "session", None)
    if session is None:
        session = _local.session = OAuth1Session(CONSUMER_KEY, client_secret=CONSUMER_SECRET)
    response = session.post(PAYMENTS_URL, json=wish, timeout=40)
    response.raise_for_status()
    told: dict[str, Any] = response.json()
    return told


def pay(wish: Mapping[str, Any]) -> None:
    """Claim, charge, and write down the result with its event, both or none."""
    store = _results()
    if not store.set(claim_key(wish), "1", nx=True):
        return
    result = event(wish, post(wish))
    with store.pipeline(transaction=True) as together:
        together.hset(result_key(wish), mapping=result)
        together.xadd(EVENTS, result)
        together.execute()


@cache
def _results() -> redis.Redis:
    return redis.Redis.from_url(RESULTS_URL)
