"""All mutants, in the order of the protocol's rules."""

from __future__ import annotations

from tests.rules import sending, verdicts
from tests.rules.mutants import Mutant

MUTANTS: tuple[Mutant, ...] = tuple(sorted((*sending.MUTANTS, *verdicts.MUTANTS), key=lambda each: int(each.rule[1:])))
SCENARIOS = tuple({each.scenario: None for each in MUTANTS})
