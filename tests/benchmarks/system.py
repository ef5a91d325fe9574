"""What the benchmark asks of everything it measures: our product, a peer on a queue, a loop without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import redis

#: Where queues are, where results are, and where a queue is filled until the workers shall see it.
QUEUE_DB, RESULTS_DB, STAGING_DB = 0, 1, 2
#: Orders before the measured ones: they wake every process, import what is imported late, and open connections.
WARM_UP = 128


@dataclass(frozen=True, slots=True)
class Loaded:
    """Orders placed on a queue, and the producer's CPU for one of them."""

    orders: int
    producer_us: float


class System(Protocol):
    """One contender with its own gateway stand-in and, if it uses one, its own Redis. Started when it is entered."""

    def stage(self, warm_up: int, count: int) -> Loaded:
        """Make some orders ready for the workers, and `count` more that they do not see yet."""

    def start(self) -> list[int]:
        """Start the workers; their process ids."""

    def release(self) -> None:
        """Let the workers see all orders at once."""

    def done(self) -> int:
        """Orders whose result is recorded."""

    def books(self) -> Mapping[str, Any]:
        """What the gateway charged: see `book_audit` of the stand-in."""

    def redis(self) -> redis.Redis | None:
        """A client of its Redis."""

    @property
    def redis_pid(self) -> int | None: ...

    @property
    def gateway_pid(self) -> int: ...
