"""Our product with everything on, as it is delivered: every setting that is not a place or a key is its default."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from cardinity_client.secret import Secret
from producers.contract.commands import Charge, parse_charge
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from tests.benchmarks.standin.process import command
from tests.benchmarks.system import QUEUE_DB, RESULTS_DB, STAGING_DB, Loaded
from tests.stack import CARD, Stack

#: Worker processes, as WORKER_PROCESSES has it.
PROCESSES = 2


class Ours:
    """Valkey with `appendfsync always`, sealed cards, authenticated envelopes, mirror, metrics, two workers."""

    def __init__(
        self,
        directory: Path,
        latency_ms: float,
        *,
        settings: Mapping[str, str] | None = None,
        processes: int = PROCESSES,
    ) -> None:
        metrics = directory / "metrics"
        metrics.mkdir(parents=True)
        chosen = {"PROMETHEUS_MULTIPROC_DIR": str(metrics), "LOG_FORMAT": "json", **(settings or {})}
        self.stack = Stack(directory, gateway=command(latency_ms), settings=chosen, scale={})
        self._processes = processes
        self._numbers = 1_000_000  # so that no order_id is part of another
        self._before = 0

    def __enter__(self) -> Self:
        self.stack.__enter__()
        self._ledger = redis.Redis.from_url(self.stack.valkey.url(RESULTS_DB))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ledger.close()
        self.stack.close()

    @property
    def redis_pid(self) -> int | None:
        return self.stack.valkey.pid

    @property
    def gateway_pid(self) -> int:
        return self.stack.sandbox_pid

    def stage(self, warm_up: int, count: int) -> Loaded:
        self._before = self._approved()
        self.accept(warm_up, QUEUE_DB)
        return self.accept(count, STAGING_DB)

    def accept(self, count: int, queue_db: int = QUEUE_DB) -> Loaded:
        """Accept so many new orders, their wake-ups going to that database."""
        settings = replace(self.stack.settings(), redis_queue_url=Secret(self.stack.valkey.url(queue_db)))
        began = time.process_time()
        with Enqueuer(settings) as enqueuer:
            for order in enqueuer.charge_many([self.charge() for _ in range(count)]):
                assert not isinstance(order, Exception), order
        return Loaded(count, (time.process_time() - began) / count * 1e6)

    def charge(self) -> Charge:
        """The next order."""
        self._numbers += 1
        fields = {"order_id": f"BENCH-{self._numbers}", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
        return parse_charge(fields, now_ms=int(time.time() * 1000), mode="test")

    def start(self) -> list[int]:
        # Not forked from the suite's nursery: its memory, and the modules that only others import, would be theirs.
        command = (sys.executable, "-m", "workers.process")
        return [self.stack.start(*command).pid for _ in range(self._processes)]

    def release(self) -> None:
        self._ledger.swapdb(QUEUE_DB, STAGING_DB)

    def done(self) -> int:
        return self._approved() - self._before

    def books(self) -> Mapping[str, Any]:
        books: Mapping[str, Any] = self.stack.admin("books")
        return books

    def redis(self) -> redis.Redis:
        return self._ledger

    @property
    def told(self) -> list[str]:
        """The order_ids given out so far, oldest first."""
        return [f"BENCH-{number}" for number in range(1_000_001, self._numbers + 1)]

    def _approved(self) -> int:
        return int(self._ledger.hget(keys.STATS, "orders:approved") or 0)
