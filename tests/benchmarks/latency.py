"""From accept to POST: under an even load at 70 % of what was just measured as capacity, and one by one when idle.

Both moments are taken at the far ends: the ledger's own time of the accept, and the arrival at the stand-in.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from producers.acceptance import Order
from producers.contract.commands import Charge
from producers.enqueue import Enqueuer
from tests.benchmarks.compare import once
from tests.benchmarks.ours import Ours
from tests.benchmarks.results import Machine
from tests.benchmarks.run import PATIENCE_S, ready
from tests.benchmarks.system import WARM_UP
from tests.benchmarks.tables import place, table
from tests.benchmarks.targets import Verdict, judged
from tests.eventually import eventually

LATENCY_MS, SHARE = 300.0, 0.7
#: Orders of the run that measures the capacity, and seconds of load; the first of them, while it builds up, are not
#: counted.
CAPACITY_ORDERS, LOAD_S, BUILD_UP_S = 20_000, 12.0, 2.0
#: Seconds between two chunks of the load.
TICK_S = 0.002
#: What the 99th percentile may be.
IDLE_P99_MS, LOADED_P99_MS = 20.0, 50.0
#: Orders one by one, and the bounds of the pauses between them, seconds.
SINGLES, PAUSES_S = 300, (0.05, 0.15)


def latency(settings: Mapping[str, str], rate: float = 0.0) -> str:
    """The table. A rate, orders per second, stands in for the share of the capacity."""
    if not rate:
        capacity = once("ours", LATENCY_MS, CAPACITY_ORDERS, settings).per_s
        rate = SHARE * capacity
        sys.stderr.write(f"capacity {capacity:,.0f}/s, load {rate:,.0f}/s\n")
    with tempfile.TemporaryDirectory() as directory, Ours(Path(directory), LATENCY_MS, settings=settings) as system:
        system.stage(WARM_UP, 1)
        ready("ours", system, WARM_UP)
        with Enqueuer(system.stack.settings()) as enqueuer:
            idle = _waited(system, _one_by_one(system, enqueuer))
            orders, reached = _evenly(system, enqueuer, rate)
        loaded = _waited(system, orders)
    return (
        f"{place(Machine.here())}; gateway at {LATENCY_MS:g} ms. The load, {rate:,.0f} orders/s, was reached to"
        f" {reached:.0%}; its producer runs on the same cores.\n\n"
        + table(
            ("accept to POST", "orders", "p50", "p90", "p99", "p99.9", "max"),
            (_row("idle, one by one", idle), _row(f"at {SHARE:.0%} of capacity", loaded)),
        )
        + "\n"
        + judged(
            (
                _within("accept to POST when idle", idle, IDLE_P99_MS),
                _within(f"accept to POST at {SHARE:.0%} of capacity", loaded, LOADED_P99_MS),
            )
        )
    )


def _one_by_one(system: Ours, enqueuer: Enqueuer) -> list[Order]:
    chance, clock = random.Random(1), threading.Event()
    orders = []
    for charge in [system.charge() for _ in range(SINGLES)]:
        clock.wait(chance.uniform(*PAUSES_S))
        orders += _accepted(enqueuer, [charge])
    return orders


def _evenly(system: Ours, enqueuer: Enqueuer, rate: float) -> tuple[list[Order], float]:
    """Orders in small chunks at that rate, and which share of the rate was reached."""
    clock = threading.Event()
    orders: list[Order] = []
    began = time.monotonic()
    while (now := time.monotonic() - began) < LOAD_S:
        due = int(rate * now) - len(orders)
        if due > 0:
            orders += _accepted(enqueuer, [system.charge() for _ in range(due)])
        clock.wait(max(0.0, now + TICK_S - (time.monotonic() - began)))
    reached = len(orders) / (time.monotonic() - began) / rate
    counted_from = orders[0].created_at_ms + BUILD_UP_S * 1000
    return [order for order in orders if order.created_at_ms >= counted_from], reached


def _accepted(enqueuer: Enqueuer, charges: Sequence[Charge]) -> list[Order]:
    orders = []
    for order in enqueuer.charge_many(charges):
        assert isinstance(order, Order), order
        orders.append(order)
    return orders


def _waited(system: Ours, orders: Sequence[Order]) -> list[float]:
    """Milliseconds from accept to POST of each of these orders, shortest first."""

    def arrived() -> Mapping[str, int]:
        arrivals: Mapping[str, int] = system.stack.admin("arrivals")
        return arrivals if all(order.order_id in arrivals for order in orders) else {}

    arrivals = eventually(arrived, "all orders were sent", within_s=PATIENCE_S)
    return sorted(arrivals[order.order_id] / 1000 - order.created_at_ms for order in orders)


def _row(name: str, waited: Sequence[float]) -> Sequence[str]:
    marks = [_mark(waited, share) for share in (0.5, 0.9, 0.99, 0.999, 1.0)]
    return (name, f"{len(waited):,}", *(f"{mark:,.1f} ms" for mark in marks))


def _within(what: str, waited: Sequence[float], most_ms: float) -> Verdict:
    p99 = _mark(waited, 0.99)
    return f"{what}: p99 <= {most_ms:g} ms", f"{p99:,.1f} ms", p99 <= most_ms


def _mark(waited: Sequence[float], share: float) -> float:
    return waited[min(len(waited) - 1, int(share * len(waited)))]
