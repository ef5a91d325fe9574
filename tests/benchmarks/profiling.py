"""Where a worker's time goes, seen from outside: py-spy samples one of two workers while a queue empties.

A sample counts for the innermost function of ours in it, so what a library does is on the account of whoever called it.
A thread that rests looks like one in its outermost function, so those are left out, and what the worker's CPU time has
over the rest is the event loop's own: sockets, callbacks, timers.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.accounting import cpu_s
from tests.benchmarks.ours import Ours
from tests.benchmarks.peers.environment import PeersUnavailable, prepare
from tests.benchmarks.results import Machine
from tests.benchmarks.run import PATIENCE_S, ready
from tests.benchmarks.system import WARM_UP
from tests.benchmarks.tables import place, table
from tests.eventually import eventually
from tests.house.tree import PACKAGES
from tests.stack import ROOT

LATENCY_MS, PAYMENTS = 300.0, 20_000
#: Samples a second, and rows of the table.
SAMPLES, ROWS = 250, 40
#: Where threads rest.
RESTING = ("workers/process.py: main", "workers/event_loop/thread.py: LoopThread.run")


def profile(settings: Mapping[str, str]) -> str:
    """The table: functions by their share of one worker's CPU.

    Raises:
        PeersUnavailable: this machine does not let one process look into another.
    """
    sampler = prepare() / "py-spy"
    with tempfile.TemporaryDirectory() as directory, Ours(Path(directory), LATENCY_MS, settings=settings) as system:
        system.stage(WARM_UP, PAYMENTS)
        worker, *others = ready("ours", system, WARM_UP)
        stacks = Path(directory) / "stacks"
        command = [str(sampler), "record", "--pid", str(worker), "--rate", str(SAMPLES), "--format", "raw"]
        command += ["--full-filenames", "--function", "--output", str(stacks), "--duration", "unlimited"]
        before, before_all = cpu_s([worker]), cpu_s([worker, *others])
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as spy:
            system.release()
            try:
                eventually(lambda: system.done() >= WARM_UP + PAYMENTS, "all is charged", within_s=PATIENCE_S)
            finally:
                spy.send_signal(signal.SIGINT)
                said = spy.communicate()[0].decode("utf-8", "replace")
        spent_s, spent_all_s = cpu_s([worker]) - before, cpu_s([worker, *others]) - before_all
        if not stacks.exists():
            raise PeersUnavailable(f"py-spy: {said[-500:]}")
        counted = _by_function(stacks.read_text("utf-8"))
    per_payment_us = spent_all_s / PAYMENTS * 1e6
    seen_s = {name: count / SAMPLES for name, count in counted.most_common() if name not in RESTING}
    seen_s["the event loop itself"] = max(0.0, spent_s - sum(seen_s.values()))
    total_s = sum(seen_s.values())
    first = sorted(seen_s.items(), key=lambda item: -item[1])[:ROWS]
    rows = ((name, f"{s / total_s:.1%}", f"{per_payment_us * s / total_s:.1f}") for name, s in first)
    return (
        f"{place(Machine.here())}; {PAYMENTS:,} payments at {LATENCY_MS:g} ms, one worker of two sampled"
        f" {SAMPLES} times a second; {per_payment_us:,.0f} µs of worker CPU per payment, sampling included.\n\n"
        + table(("function, with what it calls in libraries", "share", "µs per payment"), rows)
    )


def _by_function(stacks: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        counted[_account(frames.split(";"))] += int(count)
    return counted


def _account(frames: list[str]) -> str:
    """The innermost frame of ours, or the innermost of all."""
    ours = [short for frame in frames if (short := _ours(frame))]
    if ours:
        return ours[-1]
    name, _, file = frames[-1].partition(" (")
    return f"{Path(file.rstrip(')')).parent.name}: {name}"


def _ours(frame: str) -> str:
    """`file: function` for a function of the product, empty for any other."""
    name, _, file = frame.rpartition(" (")
    path = file.rstrip(")").partition(":")[0].removeprefix(f"{ROOT}/")
    return f"{path}: {name}" if path.startswith(tuple(f"{package}/" for package in PACKAGES)) else ""
