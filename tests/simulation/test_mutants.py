"""The checkers bite: with a rule missing, some world is red, and soon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.changing import changed
from tests.simulation.campaign import Tally, play_many
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.scene_mutants import SCENE_MUTANTS
from tests.simulation.variant import PRODUCT, Variant

#: Seeds that the product must come through with a mutant's faults, and that a mutant must in worlds of plain charges.
SOUND = 50


class Sound:
    """Worlds of the product. Mutants that need the same faults to be met share theirs: the same seeds play the same."""

    def __init__(self) -> None:
        self._played: list[tuple[Variant, Tally]] = []

    def worlds(self, variant: Variant) -> Tally:
        """Those of that variant, played once."""
        for played, tally in self._played:
            if played == variant:
                return tally
        self._played.append((variant, play_many(0, SOUND, variant=variant)))
        return self._played[-1][1]


@pytest.fixture(scope="module")
def product() -> Sound:
    """Once for all mutants."""
    return Sound()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_without_the_rule_a_world_goes_wrong(mutant: Mutant) -> None:
    """Among the mutant's seeds there is a red one."""
    with changed(mutant.changes):
        tally = play_many(mutant.first, mutant.seeds, variant=mutant.variant, until_red=True)
    assert tally.reds == 1


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_with_the_rule_none_does(product: Sound, mutant: Mutant) -> None:
    """The same faults do no harm to the product: it is the missing rule that was found."""
    wrong = mutant.variant
    sound = replace(PRODUCT, faults=wrong.faults, scenes=wrong.scenes, divided=wrong.divided, orders=wrong.orders)
    assert {result.seed: result.violations for result in product.worlds(sound).red} == {}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", SCENE_MUTANTS, ids=lambda mutant: mutant.name)
def test_plain_charges_would_not_have_shown_it(mutant: Mutant) -> None:
    """It is the scene that finds the mutant: with the same faults, charges at one account come through."""
    with changed(mutant.changes):
        tally = play_many(0, SOUND, variant=replace(mutant.variant, scenes={}, divided=0.0))
    assert {result.seed: result.violations for result in tally.red} == {}
