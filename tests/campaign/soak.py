"""`python -m tests.campaign.soak --minutes M | --runs N | --every`: run after run, and the ledger of what was hit.

To a seed's own faults come blows at the crash points that are furthest from their goal, so that all of them become
numerous and not only those that chance favours. `--every` instead makes each fault of the catalogue once, as many
in a run as fit. A run is a process of its own and mostly waits for scaled times, so several go side by side. It stops
at nothing: a run that fails is told with the command that repeats it, and the exit code says so at the end. Ctrl-C and
SIGTERM give up the runs that are under way; the ledger is told then too. With `--into` it goes on where the last slice
ended.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from tests.campaign.catalogue.points import counted
from tests.campaign.catalogue.table import CATALOGUE
from tests.campaign.draw import draw, packed
from tests.campaign.fault import Fault
from tests.campaign.handing import taken
from tests.campaign.ledger import Ledger
from tests.campaign.points import BLOWS, blow
from tests.campaign.run import Outcome
from tests.campaign.steering import Pair, allotted, steered

#: Seconds after which a run hangs: all that it waits for has bounds that are less together.
RUN_S_MAX = 300.0
#: How a violation begins of a run that did not even come to a judgement.
BROKEN = "the run left no outcome, and ended with "
#: Seconds in which a run that was told to stop has stopped all that it started.
STOP_S = 30.0

Job = tuple[int, Sequence[Fault], dict[Pair, int]]


class Soak:
    """Hands out runs and enters what came of them."""

    def __init__(self, options: argparse.Namespace, ledger: Ledger) -> None:
        self._options = options
        self.ledger = ledger
        self._began = time.monotonic()
        self._told_s = ledger.machine_s
        self._first = options.seed or max(ledger.seeds, default=0) + 1
        self._running: dict[Future[Outcome | None], dict[Pair, int]] = {}
        self._processes: set[subprocess.Popen[str]] = set()
        self._given_up = False

    def run(self) -> None:
        """Everything, with so many runs side by side."""
        for fault in CATALOGUE:
            if reason := fault.need():
                self.ledger.left_out.setdefault(f"{fault.name}: {reason}", 0)  # told even if no seed stands for it
        jobs = self._every() if self._options.every else self._for_long()
        with ThreadPoolExecutor(self._options.abreast) as pool, tempfile.TemporaryDirectory() as directory:
            for seed, faults, blows in jobs:
                self._running[pool.submit(self._play, seed, faults, Path(directory) / f"{seed}")] = blows
                if len(self._running) >= self._options.abreast:
                    self._enter(*wait(self._running, return_when=FIRST_COMPLETED).done)
            self._enter(*wait(self._running).done)

    def give_up(self) -> None:
        """Start nothing more, and stop what runs."""
        self._given_up = True
        for process in list(self._processes):
            process.terminate()

    def _every(self) -> Iterator[Job]:
        for number, faults in enumerate(packed(CATALOGUE)):
            if self._given_up:
                return
            yield self._first + number, faults, {}

    def _for_long(self) -> Iterator[Job]:
        runs = math.inf if self._options.runs is None else self._options.runs
        ends_at = math.inf if self._options.minutes is None else self._began + self._options.minutes * 60
        seed = self._first
        while not self._given_up and time.monotonic() < ends_at and seed - self._first < runs:
            drawn = draw(seed, CATALOGUE)
            blows = allotted(self.ledger.hits + self._promised, self._options.blows)
            yield seed, steered(drawn, blows), blows
            seed += 1

    @property
    def _promised(self) -> Counter[str]:
        """What the runs under way are meant to strike."""
        return Counter({blow(*pair): count for blows in self._running.values() for pair, count in blows.items()})

    def _enter(self, *done: Future[Outcome | None]) -> None:
        for future in done:
            del self._running[future]
            if outcome := future.result():
                self.ledger.add(outcome)
        self.ledger.machine_s = self._told_s + time.monotonic() - self._began
        if self._options.into:
            self.ledger.write(self._options.into)

    def _play(self, seed: int, faults: Sequence[Fault], path: Path) -> Outcome | None:
        """One run in its own process; None when it was given up."""
        names = ",".join(fault.name for fault in faults)
        words = ["--seed", f"{seed}", "--payments", f"{self._options.payments}", "--faults", names]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaign", *words, "--outcome", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that Ctrl-C is answered by us alone
        )
        self._processes.add(process)
        if self._given_up:
            process.terminate()
        said = _heard(process)
        self._processes.discard(process)
        if self._given_up and not path.exists():
            return None
        outcome = taken(path) if path.exists() else _broken(seed, self._options.payments, faults, process.returncode)
        print(_brief(outcome) if outcome.passed else f"{said}{_broken_words(outcome)}", flush=True)
        return outcome


def main(argv: list[str] | None = None) -> int:
    """0 when every run held, 1 when one did not."""
    options = _parser().parse_args(argv)
    soak = Soak(options, Ledger.read(options.into) if options.into else Ledger())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: soak.give_up())
    soak.run()
    print(soak.ledger.told)
    return 1 if soak.ledger.failed else 0


def _heard(process: subprocess.Popen[str]) -> str:
    """All that it says, until it ends or hangs."""
    try:
        return process.communicate(timeout=RUN_S_MAX)[0]
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return process.communicate(timeout=STOP_S)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def _broken(seed: int, payments: int, faults: Sequence[Fault], code: int) -> Outcome:
    return Outcome(seed, payments, tuple(fault.name for fault in faults), {}, [f"{BROKEN}{code}"])


def _broken_words(outcome: Outcome) -> str:
    return "\n".join(what for what in outcome.violations if what.startswith(BROKEN))


def _brief(outcome: Outcome) -> str:
    blows = sum(outcome.hits[blow(*pair)] for pair in BLOWS)
    drawn = [name for name in outcome.faults if not counted(name)]
    return f"seed {outcome.seed}: PASSED in {outcome.seconds:.1f} s, {blows} blows, faults {','.join(drawn)}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.campaign.soak", description=__doc__)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="no run begins after that")
    length.add_argument("--runs", type=int)
    length.add_argument("--every", action="store_true", help="each fault of the catalogue once")
    parser.add_argument("--seed", type=int, help="the first one; otherwise the one after those in the ledger")
    parser.add_argument("--payments", type=int, default=500, help="of each run")
    parser.add_argument("--blows", type=int, default=48, help="at crash points, on top of the faults of each seed")
    parser.add_argument("--abreast", type=int, default=min(2, os.cpu_count() or 1), help="runs side by side")
    parser.add_argument("--into", type=Path, help="the ledger's file: read at the start, renewed after every run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
