"""Two-phase charges come through every story, and without any one of their rules they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests.rules import phase_default
from tests.rules.changing import changed
from tests.rules.mutants import Ground
from tests.rules.phase_parked import MUTANT, a_settlement_lands_when_its_order_is_parked
from tests.rules.phases import MUTANTS, STORIES, PhaseMutant, Story


@pytest.fixture
def ground(tmp_path: Path, valkey: EmbeddedValkey) -> Ground:
    return Ground(tmp_path, valkey)


@pytest.mark.parametrize(
    "story",
    [*STORIES, *phase_default.STORIES, a_settlement_lands_when_its_order_is_parked],
    ids=lambda story: story.__name__,
)
async def test_the_product_comes_through(story: Story, ground: Ground) -> None:
    """Settled once if approved, else never; and no hold is left."""
    assert await story(ground) == frozenset()


@pytest.mark.parametrize("mutant", [*MUTANTS, *phase_default.MUTANTS, MUTANT], ids=lambda mutant: mutant.name)
async def test_without_the_rule_it_does_not(mutant: PhaseMutant, ground: Ground) -> None:
    """With one rule removed the same story ends in the harm that the rule is there against."""
    with changed(mutant.changes):
        assert await mutant.story(ground) == {mutant.harm}
