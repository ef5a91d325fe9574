"""`python -m tests.campaign.soak --hours H | --runs N | --every`: run after run, and the ledger of what was hit.

To a seed's own faults comes one fault of the crash point that has been hit the fewest times, so that hours make all of
them numerous and not only those that chance favours. `--every` instead makes each fault of the catalogue once, as many
in a run as fit. It stops at nothing: a run that fails is told with the command
that repeats it, and the exit code says so at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaign.catalogue import CATALOGUE
from tests.campaign.draw import draw, fits, packed
from tests.campaign.fault import Fault
from tests.campaign.playing import play
from tests.campaign.points import POINTS
from tests.campaign.run import Outcome
from tests.campaign.telling import command, told

#: Hits of every crash point that a soak is meant to reach.
GOAL = 200


@dataclass(slots=True)
class Ledger:
    """What all runs so far have done and found."""

    runs: int = 0
    payments: int = 0
    workers: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Enter one run."""
        self.runs += 1
        self.payments += outcome.payments
        self.workers += outcome.workers_started
        self.seconds += outcome.seconds
        self.faults.update(name for name in outcome.faults if name not in outcome.left_out)
        self.hits.update(outcome.hits)
        self.states.update(outcome.states)
        self.left_out.update(f"{name}: {reason}" for name, reason in outcome.left_out.items())
        if not outcome.passed:
            self.failed.append(command(outcome))

    @property
    def told(self) -> str:
        """The whole ledger, for the end of a soak and for whoever looks in between."""
        short = sum(self.hits[point] < GOAL for point in POINTS)
        hours = self.seconds / 3600
        return "\n".join(
            [
                f"{self.runs} runs, {self.payments} payments, {self.workers} workers started, {hours:.2f} h",
                f"orders: {_line(self.states)}",
                f"crash points, {len(POINTS) - short} of {len(POINTS)} at least {GOAL} times:",
                *(f"  {point:4}{self.hits[point]:6}  {what}" for point, what in POINTS.items()),
                f"other hits: {_line(self.hits, without=frozenset(POINTS))}",
                f"faults, {len(self.faults)} of {len(CATALOGUE)}: {_line(self.faults)}",
                f"left out on this machine: {_line(self.left_out) or 'nothing'}",
                f"{len(self.failed)} runs failed",
                *(f"  {line}" for line in self.failed),
            ]
        )


def main(argv: list[str] | None = None) -> int:
    """0 when every run held, 1 when one did not."""
    options = _parser().parse_args(argv)
    ledger = Ledger()
    for seed, faults in _every(options.seed) if options.every else _for_long(options, ledger):
        outcome = play(seed, options.payments, faults)
        ledger.add(outcome)
        print(_brief(outcome) if outcome.passed else told(outcome), flush=True)
        if options.ledger:
            options.ledger.write_text(json.dumps({"told": ledger.told.splitlines()}, indent=1))
    print(ledger.told)
    return 1 if ledger.failed else 0


def steered(drawn: Sequence[Fault], hits: Counter[str], catalogue: Sequence[Fault]) -> tuple[Fault, ...]:
    """The seed's faults and one more, of the crash point hit least; of its ways to be struck, in turn."""
    for point in sorted(POINTS, key=lambda point: hits[point]):
        ways = [fault for fault in catalogue if fault.name.endswith(f"-{point}")]
        fitting = [fault for fault in ways if fits(fault, drawn)]
        if fitting:
            return (*drawn, fitting[hits[point] % len(fitting)])
    return tuple(drawn)


def _every(first: int) -> Iterator[tuple[int, Sequence[Fault]]]:
    return ((first + number, faults) for number, faults in enumerate(packed(CATALOGUE)))


def _for_long(options: argparse.Namespace, ledger: Ledger) -> Iterator[tuple[int, Sequence[Fault]]]:
    ends_at = time.monotonic() + options.hours * 3600 if options.hours else math.inf
    runs = math.inf if options.runs is None else options.runs
    while time.monotonic() < ends_at and ledger.runs < runs:
        seed = options.seed + ledger.runs
        yield seed, steered(draw(seed, CATALOGUE), ledger.hits, CATALOGUE)


def _brief(outcome: Outcome) -> str:
    return f"seed {outcome.seed}: PASSED in {outcome.seconds:.1f} s, faults {','.join(outcome.faults)}"


def _line(counts: Counter[str], *, without: frozenset[str] = frozenset()) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common() if name not in without)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.campaign.soak", description=__doc__)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--hours", type=float)
    length.add_argument("--runs", type=int)
    length.add_argument("--every", action="store_true", help="each fault of the catalogue once")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--payments", type=int, default=500, help="of each run")
    parser.add_argument("--ledger", type=Path, help="keep the ledger there, renewed after every run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
