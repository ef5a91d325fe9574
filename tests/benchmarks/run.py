"""One run of one contender: fill its queue, let it empty it, and take stock before and after.

The workers are up, warm and idle when the orders appear, so nothing of their start is in the figures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tests.benchmarks.accounting import RedisWork, cpu_s, families, resident_kb
from tests.benchmarks.calibration import loop_us
from tests.benchmarks.system import System
from tests.eventually import eventually

#: Seconds after which a run has failed.
PATIENCE_S = 600.0
#: Seconds between two looks at the workers' memory.
MEMORY_EVERY_S = 0.1
#: Workers are idle when they use less than this share of a core, seen over this long. One that never rests is
#: measured as it is after the longest wait.
IDLE_SHARE, IDLE_OVER_S, IDLE_WITHIN_S = 0.10, 0.5, 8.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one run showed. CPU in microseconds per payment, not yet normalised; `loop_us` is what to normalise by."""

    contender: str
    latency_ms: float
    payments: int
    wrong: int
    per_s: float
    worker_us: float
    redis_us: float
    gateway_us: float
    producer_us: float
    commands: float
    reads: float
    in_flight: int
    idle_mb: float
    kb_per_in_flight: float
    loop_us: float
    seconds: float


@dataclass(slots=True)
class _Stock:
    """What everybody has spent up to a moment."""

    worker_s: float
    redis_s: float
    gateway_s: float
    work: RedisWork

    @classmethod
    def of(cls, system: System, workers: Sequence[int]) -> _Stock:
        client = system.redis()
        return cls(
            cpu_s(workers),
            cpu_s([system.redis_pid] if system.redis_pid else []),
            cpu_s([system.gateway_pid]),
            RedisWork.of(client) if client else RedisWork(0, 0),
        )


def ready(name: str, system: System, warm_up: int) -> tuple[int, ...]:
    """Start the workers of a staged system and wait until they are warm and idle; all their processes."""
    roots = system.start()
    eventually(lambda: system.done() >= warm_up, f"{name} is warm", within_s=PATIENCE_S)
    _settle(roots)
    return families(roots)


def measure(name: str, system: System, latency_ms: float, count: int, *, warm_up: int) -> Figures:
    """Run `count` orders through a system that has been entered and has done nothing yet."""
    began = time.monotonic()
    speed = loop_us()
    loaded = system.stage(warm_up, count)
    workers = ready(name, system, warm_up)
    idle_kb = resident_kb(workers)
    charged = system.books()["once"]  # from this look on the stand-in watches for the first charge anew
    before = _Stock.of(system, workers)
    system.release()
    ends_at, peak_kb = _watch(system, warm_up + count, workers)
    after = _Stock.of(system, workers)
    books = system.books()
    elapsed_s = ends_at - books["first_us"] / 1e6
    work = after.work.since(before.work)
    in_flight = books["in_flight_max"]
    return Figures(
        contender=name,
        latency_ms=latency_ms,
        payments=count,
        wrong=count - (books["once"] - charged) + len(books["others"]),
        per_s=count / elapsed_s,
        worker_us=(after.worker_s - before.worker_s) / count * 1e6,
        redis_us=(after.redis_s - before.redis_s) / count * 1e6,
        gateway_us=(after.gateway_s - before.gateway_s) / count * 1e6,
        producer_us=loaded.producer_us,
        commands=work.commands / count,
        reads=work.reads / count,
        in_flight=in_flight,
        idle_mb=idle_kb / 1024,
        kb_per_in_flight=max(0.0, peak_kb - idle_kb) / in_flight if in_flight else 0.0,
        loop_us=(speed + loop_us()) / 2,
        seconds=time.monotonic() - began,
    )


def _settle(roots: Sequence[int]) -> None:
    """Until the workers rest: all are up, and what they do at their start is done."""
    give_up_at = time.monotonic() + IDLE_WITHIN_S
    looks = [(time.monotonic(), cpu_s(families(roots)))]

    def rests() -> bool:
        now, spent = time.monotonic(), cpu_s(families(roots))
        if now - looks[-1][0] < IDLE_OVER_S and now < give_up_at:
            return False
        (since, before), looks[-1] = looks[-1], (now, spent)
        return now >= give_up_at or spent - before < IDLE_SHARE * (now - since)

    eventually(rests, "the workers rest", within_s=2 * IDLE_WITHIN_S)


def _watch(system: System, count: int, workers: Sequence[int]) -> tuple[float, float]:
    """When the last order ended, seconds since the epoch, and the workers' largest memory until then."""
    peak_kb, looked_at = 0.0, 0.0

    def finished() -> float:
        nonlocal peak_kb, looked_at
        now = time.time()
        if system.done() >= count:
            return now
        if now - looked_at >= MEMORY_EVERY_S:
            peak_kb, looked_at = max(peak_kb, resident_kb(workers)), now
        return 0.0

    return eventually(finished, f"{count} orders are charged", within_s=PATIENCE_S), peak_kb
