"""What accepting an order costs its producer, in batches with sealing on, and where that goes. No workers run."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from producers.acceptance import prepare
from producers.contract.commands import parse_charge
from producers.contract.keys import sign
from producers.data_key_supply import DataKeySupply
from producers.enqueue import Enqueuer
from producers.lanes import CHUNK
from producers.vault import Sealer
from tests.benchmarks.accounting import cpu_s
from tests.benchmarks.ours import Ours
from tests.benchmarks.results import Machine
from tests.benchmarks.tables import place, table
from tests.benchmarks.targets import judged
from tests.stack import CARD

#: Orders of a round, and of what one step is timed over.
ORDERS, STEPS = 20_000, 2_000
#: What one producer should accept in a second.
PER_S_MIN = 8_000
#: Bytes of what is sealed and of what is signed, as they are for a card.
SEALED, SIGNED = b"\0" * 128, b"\0" * 700


def enqueue(rounds: int) -> str:
    """The table; medians over rounds, each on a fresh ledger."""
    told = [_round() for _ in range(rounds)]
    middle = {name: statistics.median(one[name] for one in told) for name in told[0]}
    rate = middle.pop("orders/s")
    return (
        f"{place(Machine.here())}; one producer process, batches of {CHUNK}, medians of {rounds} rounds of"
        f" {ORDERS:,} orders: **{rate:,.0f} orders/s**.\n\n"
        + table(("where an order's time goes", "µs"), ((name, f"{us:,.1f}") for name, us in middle.items()))
        + "\n"
        + judged([(f"orders/s >= {PER_S_MIN:,}", f"{rate:,.0f}", rate >= PER_S_MIN)])
    )


def _round() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory, Ours(Path(directory), 0) as system:
        sealer = Sealer.from_settings(system.stack.settings())
        steps = _steps(system, sealer)
        pid = system.redis_pid
        assert pid is not None
        began, cpu_began, redis_began = time.monotonic(), time.process_time(), cpu_s([pid])
        with Enqueuer(system.stack.settings()) as enqueuer:
            for order in enqueuer.charge_many(system.charge() for _ in range(ORDERS)):
                assert not isinstance(order, Exception), order
        wall_us = (time.monotonic() - began) / ORDERS * 1e6
        producer_us = (time.process_time() - cpu_began) / ORDERS * 1e6
        redis_us = (cpu_s([pid]) - redis_began) / ORDERS * 1e6
    return {
        "orders/s": 1e6 / wall_us,
        **steps,
        "producer: talking to Redis, the rest": producer_us - sum(steps.values()),
        "producer CPU in all": producer_us,
        "producer waiting for Redis": wall_us - producer_us,
        "Redis CPU": redis_us,
    }


def _steps(system: Ours, sealer: Sealer) -> dict[str, float]:
    """CPU microseconds of what the producer does alone, each step by itself."""
    charge, now_ms = system.charge(), int(time.time() * 1000)
    key = sealer.signing_keys.producer_key.key
    fields = {"order_id": "BENCH-0", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
    validate_us = _timed(lambda: parse_charge(fields, now_ms=now_ms, mode="test"))
    supply = DataKeySupply(sealer.present_key, sealer.producer)
    seal_us = _timed(lambda: supply.take().seal(SEALED, SIGNED))
    sign_us = _timed(lambda: sign(key, SIGNED))
    prepare_us = _timed(lambda: prepare(charge, sealer, now_ms=now_ms, grace_ms=30_000))
    return {
        "producer: validate": validate_us,
        "producer: seal the card": seal_us,
        "producer: authenticate the envelope": sign_us,
        "producer: lay out row and event": prepare_us - seal_us - sign_us,
    }


def _timed(step: Callable[[], object]) -> float:
    step()
    began = time.process_time()
    for _ in range(STEPS):
        step()
    return (time.process_time() - began) / STEPS * 1e6
