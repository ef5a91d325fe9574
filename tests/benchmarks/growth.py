"""How a payment's cost grows: with what waits in the queue, and with what the ledger already holds. Ours alone."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.filling import fill
from tests.benchmarks.ours import Ours
from tests.benchmarks.results import Machine, Session
from tests.benchmarks.run import Figures, measure
from tests.benchmarks.tables import place, table
from tests.benchmarks.targets import Verdict, judged

LATENCY_MS = 300.0
#: Orders in the queue, the ledger being empty.
QUEUED = (1_000, 5_000, 20_000, 50_000)
#: Records of finished orders in the ledger, and the orders that are queued then.
RECORDS, BESIDE = (0, 100_000, 1_000_000), 10_000
#: By how much the dearest size may cost more than the cheapest, worker and Redis together.
FLAT = 0.10


def growth(rounds: int, seed: int, settings: Mapping[str, str]) -> str:
    """Both tables; each run is told on stderr when it is over."""
    order = random.Random(seed)
    runs: dict[tuple[int, int], list[Figures]] = {
        case: [] for case in [*((n, 0) for n in QUEUED), *((BESIDE, n) for n in RECORDS)]
    }
    for _ in range(rounds):
        cases = list(runs)
        order.shuffle(cases)
        for payments, records in cases:
            runs[payments, records].append(_once(payments, records, settings))
    machine = Machine.here()
    # One session, so that all are normalised by one speed.
    session = Session(machine, seed, [run for case in runs.values() for run in case])
    middle = {case: session.median(group) for case, group in runs.items()}
    queued, beside = [(n, middle[n, 0]) for n in QUEUED], [(n, middle[BESIDE, n]) for n in RECORDS]
    return (
        f"{place(machine)}; gateway at {LATENCY_MS:g} ms, medians of {rounds} rounds.\n\n"
        + _table("orders in the queue", queued)
        + "\n"
        + _table(f"records in the ledger, {BESIDE:,} orders in the queue", beside)
        + "\n"
        + judged([_flat("in the queue", queued), _flat("records in the ledger", beside)])
    )


def _once(payments: int, records: int, settings: Mapping[str, str]) -> Figures:
    contender = BY_NAME["ours"]
    with (
        tempfile.TemporaryDirectory() as directory,
        Ours(Path(directory), LATENCY_MS, settings=settings) as system,
    ):
        if records:
            fill(system, records)
        run = measure("ours", system, LATENCY_MS, payments, warm_up=contender.warm_up())
    assert run.wrong == 0, f"{run.wrong} orders were not charged exactly once"
    sys.stderr.write(
        f"{payments:,} queued, {records:,} records: {run.per_s:,.0f}/s, worker {run.worker_us:,.0f} us,"
        f" Redis {run.redis_us:,.0f} us, {run.seconds:.0f} s\n"
    )
    return run


def _flat(what: str, runs: Sequence[tuple[int, Figures]]) -> Verdict:
    costs = [run.worker_us + run.redis_us for _, run in runs]
    spread = max(costs) / min(costs) - 1
    asked = f"CPU per payment flat within {FLAT:.0%} from {runs[0][0]:,} to {runs[-1][0]:,} {what}"
    return asked, f"{spread:.0%} between the cheapest and the dearest", spread <= FLAT


def _table(what: str, runs: Sequence[tuple[int, Figures]]) -> str:
    head = (what, "payments/s", "worker µs", "Redis µs", "Redis commands", "worker MB at rest", "KB per in flight")
    return table(
        head,
        (
            (
                f"{size:,}",
                f"{run.per_s:,.0f}",
                f"{run.worker_us:,.0f}",
                f"{run.redis_us:,.0f}",
                f"{run.commands:.1f}",
                f"{run.idle_mb:,.0f}",
                f"{run.kb_per_in_flight:.0f}",
            )
            for size, run in runs
        ),
    )
