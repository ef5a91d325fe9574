"""Which faults a seed stands for: two to six, of any families, such that they can be combined.

A pure function of the seed and the catalogue. What this machine cannot make is drawn all the same and then left out
by name, so that a seed means the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.campaign.fault import FAMILIES, Fault

#: Faults of one run.
FAULTS_MIN, FAULTS_MAX = 2, 6
#: Draws until a run has as many as it was meant to; what does not fit is drawn again.
TRIES = 40


def draw(seed: int, catalogue: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults of that seed. First a family is drawn and then one of it: large families get no larger share."""
    rng = random.Random(f"draw {seed}")
    wanted = rng.randint(FAULTS_MIN, FAULTS_MAX)
    families = [family for family in FAMILIES if any(fault.family == family for fault in catalogue)]
    drawn: list[Fault] = []
    for _ in range(TRIES):
        family = rng.choice(families)
        fault = rng.choice([fault for fault in catalogue if fault.family == family])
        if fits(fault, drawn):
            drawn.append(fault)
        if len(drawn) == wanted:
            break
    return tuple(drawn)


def packed(catalogue: Sequence[Fault]) -> tuple[tuple[Fault, ...], ...]:
    """The whole catalogue in as few runs as its exclusions allow, each fault in one of them; also pure."""
    runs: list[list[Fault]] = []
    order = list(catalogue)
    random.Random("packed").shuffle(order)
    for fault in order:
        run = next((run for run in runs if len(run) < FAULTS_MAX and fits(fault, run)), None)
        if run is None:
            runs.append([fault])
        else:
            run.append(fault)
    return tuple(map(tuple, runs))


def fits(fault: Fault, others: Sequence[Fault]) -> bool:
    """Whether it can be combined with all of them."""
    return fault not in others and not any(_excludes(fault, other) or _excludes(other, fault) for other in others)


def _excludes(one: Fault, other: Fault) -> bool:
    return not one.excludes.isdisjoint({other.name, other.family})
