"""The checkers bite: with a rule missing, some world is red, and soon."""

from __future__ import annotations

import pytest

from tests.rules.changing import changed
from tests.simulation.campaign import play_many
from tests.simulation.mutants import MUTANTS, Mutant


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_without_the_rule_a_world_goes_wrong(mutant: Mutant) -> None:
    """Among the mutant's seeds there is a red one."""
    with changed(mutant.changes):
        tally = play_many(0, mutant.seeds, variant=mutant.variant, until_red=True)
    assert tally.reds == 1
