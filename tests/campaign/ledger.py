"""The ledger of a soak: what all runs so far have done and found. It is a file, so that slices of a soak add up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Self

import msgspec

from tests.campaign.catalogue.table import CATALOGUE
from tests.campaign.points import BLOWS, GOALS, POINTS, blow
from tests.campaign.run import Outcome
from tests.campaign.telling import command


@dataclass(slots=True)
class Ledger:
    """Counts over all runs. `machine_s` is how long the soak ran; `run_s` how long its runs did, some of them side by
    side.
    """

    payments: int = 0
    workers: int = 0
    locked_down: int = 0
    machine_s: float = 0.0
    run_s: float = 0.0
    searched: int = 0
    charged_twice: int = 0
    lost: int = 0
    untrue: int = 0
    cards: int = 0
    seeds: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    follow_ups: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    divided: int = 0
    moved: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What earlier slices have written there; an empty one where there is nothing."""
        ledger = cls()
        if path.exists():
            for name, value in msgspec.json.decode(path.read_bytes()).items():
                setattr(ledger, name, Counter(value) if isinstance(value, dict) else value)
        return ledger

    def write(self, path: Path) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        os.replace(draft, path)

    def add(self, outcome: Outcome) -> None:
        """Enter one run."""
        self.seeds.append(outcome.seed)
        self.payments += outcome.payments
        self.workers += outcome.workers_started
        self.locked_down += outcome.locked_down
        self.run_s += outcome.seconds
        self.searched += outcome.search.searched.total()
        self.charged_twice += outcome.tally.charged_twice
        self.lost += outcome.tally.lost
        self.untrue += outcome.tally.untrue
        self.cards += len(outcome.search.finds)
        self.faults.update(_kind(name) for name in outcome.faults if name not in outcome.left_out)
        self.hits.update(outcome.hits)
        self.states.update(outcome.states)
        self.follow_ups.update(outcome.follow_ups)
        self.forms.update(outcome.forms)
        self.divided += outcome.moved > 0
        self.moved += outcome.moved
        self.left_out.update(f"{_kind(name)}: {reason}" for name, reason in outcome.left_out.items())
        if not outcome.passed:
            self.failed.append(command(outcome))

    @property
    def told(self) -> str:
        """The whole ledger, for the end of a soak and for whoever looks in between."""
        reached = sum(self.hits[blow(*pair)] >= goal for pair, goal in BLOWS.items())
        blows = {blow(*pair) for pair in BLOWS}
        others = Counter({name: count for name, count in self.hits.items() if name not in blows})
        minutes = self.machine_s / 60
        return "\n".join(
            [
                f"{len(self.seeds)} runs, {self.payments} payments, {self.workers} workers started, "
                f"{minutes:.1f} minutes, in which runs took {self.run_s / 60:.1f}",
                f"seeds {_ranges(self.seeds)}",
                f"{self.charged_twice} charged twice, {self.lost} lost, {self.untrue} with an untrue outcome, "
                f"{self.cards} cards found in {self.searched / 1e6:.0f} MB, {len(self.failed)} runs failed",
                *(f"  {line}" for line in self.failed),
                f"orders: {_line(self.states)}; {self.locked_down} runs lost their ledger and ended in lockdown",
                f"{self.follow_ups.total()} of them follow a payment: {_line(self.follow_ups)}",
                f"{self.forms.total()} of them are paid in another way: {_line(self.forms)}",
                f"{self.moved} of them went to a second account, in {self.divided} runs",
                f"crash points, {reached} of {len(BLOWS)} kinds of blow reached their goal, "
                f"{sum(self.hits[name] for name in blows) / max(minutes, 1e-9):.0f} blows per minute:",
                f"  {'':4}{''.join(f'{how:>6}' for how in GOALS)}",
                f"  {'goal':4}{''.join(f'{goal:6}' for goal in GOALS.values())}",
                *(f"  {point:4}{self._row(point)}  {what}" for point, what in POINTS.items()),
                f"other hits: {_line(others)}",
                f"faults, {len(self.faults)} of {len(CATALOGUE)}: {_line(self.faults)}",
                f"{len(self.left_out)} cannot be made on this machine{':' if self.left_out else ''}",
                *(f"  {name}, drawn {times} times" for name, times in sorted(self.left_out.items())),
            ]
        )

    def _row(self, point: str) -> str:
        return "".join(f"{self.hits[blow(point, how)] if (point, how) in BLOWS else '-':>6}" for how in GOALS)


def _kind(name: str) -> str:
    """A fault that was wished for with a number of blows is one of the catalogue's."""
    return name if name in _NAMES else name.rpartition("x")[0]


def _ranges(seeds: Iterable[int]) -> str:
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in _runs(sorted(set(seeds))))


def _runs(seeds: list[int]) -> Iterator[tuple[int, int]]:
    breaks = [place for place, (one, next_one) in enumerate(pairwise(seeds), 1) if next_one != one + 1]
    for start, end in pairwise([0, *breaks, len(seeds)]):
        if end > start:
            yield seeds[start], seeds[end - 1]


def _line(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "none"


_NAMES = frozenset(fault.name for fault in CATALOGUE)
