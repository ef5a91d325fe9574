"""Every rule of the protocol is needed: the product comes through each scenario, and without the rule it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests.rules.changing import changed
from tests.rules.mutants import Ground, Mutant, Scenario
from tests.rules.table import MUTANTS, SCENARIOS


@pytest.fixture
def ground(tmp_path: Path, valkey: EmbeddedValkey) -> Ground:
    return Ground(tmp_path, valkey)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_the_product_comes_through(scenario: Scenario, ground: Ground) -> None:
    """Nobody is charged twice, no outcome is false, none is missing."""
    assert await scenario(ground) == frozenset()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
async def test_without_the_rule_it_does_not(mutant: Mutant, ground: Ground) -> None:
    """With one rule removed the same scenario ends in the harm that the rule is there against."""
    with changed(mutant.changes):
        assert await mutant.scenario(ground) == {mutant.harm}
