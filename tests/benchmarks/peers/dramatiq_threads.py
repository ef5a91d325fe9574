"""Dramatiq as it comes: a thread per payment."""

from __future__ import annotations

from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.benchmarks.peers.blocking import pay
from tests.benchmarks.peers.loading import load
from tests.benchmarks.peers.payment import QUEUE_URL

dramatiq.set_broker(RedisBroker(url=QUEUE_URL))  # type: ignore[no-untyped-call]


@dramatiq.actor(queue_name="bench", max_retries=0)
def charge(wish: dict[str, Any]) -> None:
    """Pay one order."""
    pay(wish)


if __name__ == "__main__":
    load(charge.send)
