"""Everybody side by side: every contender at every latency, several rounds, each round in its own shuffled order."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.counting import Commands, count_commands
from tests.benchmarks.results import Machine, Session
from tests.benchmarks.run import Figures, measure

#: Payments of the run whose commands are told apart, and the latency it is made at.
COUNTED, COUNTED_AT_MS = 2_000, 300.0


def compare(
    contenders: Sequence[str],
    latencies_ms: Sequence[float],
    *,
    payments: int,
    rounds: int,
    seed: int,
    settings: Mapping[str, str],
    keep: Callable[[Session], None],
    count: bool = True,
) -> Session:
    """Make all runs; each is told on stderr and kept when it is over. `count` tells Redis' commands apart, in a run of
    its own.
    """
    order = random.Random(seed)
    began = time.monotonic()
    session = Session(Machine.here(), seed, [])
    for number in range(rounds):
        field = [(name, latency_ms) for name in contenders for latency_ms in latencies_ms]
        order.shuffle(field)
        for name, latency_ms in field:
            session.runs.append(once(name, latency_ms, payments, settings))
            keep(session)
            _tell(f"round {number + 1}/{rounds}", session.runs[-1])
    for name in contenders if count else ():
        session.counts[name] = counted(name, min(COUNTED, payments), settings)
    session.seconds = time.monotonic() - began
    keep(session)
    return session


def once(name: str, latency_ms: float, payments: int, settings: Mapping[str, str]) -> Figures:
    """One run on a fresh system."""
    contender = BY_NAME[name]
    with (
        tempfile.TemporaryDirectory() as directory,
        contender.system(Path(directory), latency_ms, settings) as system,
    ):
        wanted = contender.payments(latency_ms, payments)
        return measure(name, system, latency_ms, wanted, warm_up=contender.warm_up())


def counted(name: str, payments: int, settings: Mapping[str, str]) -> Commands:
    """A run under MONITOR, which tells commands apart and makes all else about it worthless."""
    contender = BY_NAME[name]
    with (
        tempfile.TemporaryDirectory() as directory,
        contender.system(Path(directory), COUNTED_AT_MS, settings) as system,
    ):
        return count_commands(name, system, contender.payments(COUNTED_AT_MS, payments), warm_up=contender.warm_up())


def _tell(when: str, run: Figures) -> None:
    sys.stderr.write(
        f"{when}: {run.contender} at {run.latency_ms:g} ms: {run.per_s:,.0f}/s, worker {run.worker_us:,.0f} us,"
        f" {run.wrong} wrong of {run.payments:,}, {run.seconds:.0f} s\n"
    )
