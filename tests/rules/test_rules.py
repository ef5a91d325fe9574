"""Every rule of the protocol is needed: the product comes through each scenario, and without the rule it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.scripts import script
from tests.rules.changing import Change, ChangeError, changed
from tests.rules.mutants import Ground, Mutant, Scenario
from tests.rules.table import MUTANTS, SCENARIOS
from workers.payments.recording import Recording


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


def test_every_rule_has_a_mutant() -> None:
    """R1 to R14 are each shown to be needed."""
    assert {mutant.rule for mutant in MUTANTS} == {f"R{number}" for number in range(1, 15)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("no such text", "", id="nowhere"),
        pytest.param("self", "it", id="many_times"),
        pytest.param("async def sweep", "\nasync def sweep", id="other_lines"),
        pytest.param("The recovery path", "A recovery path", id="no_function"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(old: str, new: str) -> None:
    """A mutant that a refactoring left without teeth says so."""
    with pytest.raises(ChangeError), changed([Change("workers/duties/sweeper.py", old, new)]):
        pass


def test_the_product_is_whole_again_afterwards() -> None:
    """What was changed is in force inside the block and nowhere else, in Python as in Lua."""
    changes = [change for mutant in MUTANTS for change in mutant.changes if mutant.name == "events_come_second"]
    before = script("settle"), Recording._move.__code__
    with changed(changes):
        assert script("settle") != before[0]
        assert Recording._move.__code__ != before[1]
    assert (script("settle"), Recording._move.__code__) == before
