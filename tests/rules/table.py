"""All mutants, in the order of the protocol's rules."""

from __future__ import annotations

from tests.rules import (
    durability,
    elsewhere,
    following,
    halves,
    hints,
    lateness,
    links,
    memory,
    rebuilt,
    recovery,
    sending,
    sums,
    verdicts,
    withdrawing,
)
from tests.rules.mutants import Mutant, Scenario

_ROOMS = (
    durability,
    sending,
    elsewhere,
    verdicts,
    halves,
    lateness,
    recovery,
    memory,
    rebuilt,
    hints,
    following,
    sums,
    links,
    withdrawing,
)

MUTANTS: tuple[Mutant, ...] = tuple(
    sorted((each for room in _ROOMS for each in room.MUTANTS), key=lambda each: int(each.rule[1:]))
)
#: What they are played in, each once.
SCENARIOS: tuple[Scenario, ...] = tuple(dict.fromkeys(each.scenario for each in MUTANTS))
