"""Worlds in which every customer is asked and answers: whatever is lost on the way, the bank's word ends the order."""

from __future__ import annotations

import pytest

from tests.rules.changing import Change, changed
from tests.simulation.campaign import play_many
from tests.simulation.content import Scene
from tests.simulation.later_link import LATER_FAULTS
from tests.simulation.variant import Variant

#: Seeds of each ground, and those among which a mutant must be found.
WORLDS, SEEDS = 250, 150
_FINALIZE = "workers/payments/finalize.py"
#: A line of the product, what it is changed to, and the faults that show it.
MUTANTS = {
    "a lost answer counts as told": (
        Change(_FINALIZE, 'answer=answer.name, what="tried", due', 'answer=answer.name, what="used", due'),
        {"later.lost": 0.5},
    ),
    "every step is told as the first one": (
        Change("workers/payments/endings.py", "further_step=True", "further_step=False"),
        {},
    ),
    "what was told once is never told again": (
        Change(_FINALIZE, "if not tries or await self._still_pending(record):", "if not tries:"),
        {"later.lost": 0.5},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_every_world_of_customers_comes_to_a_true_end(rate: float) -> None:
    """One charge at the most and one true outcome for each, with faults of the seed and of the telling."""
    tally = play_many(0, WORLDS, variant=Variant(scenes={Scene.ASKED: 1.0}, faults=dict.fromkeys(LATER_FAULTS, rate)))
    assert {result.seed: result.violations for result in tally.red} == {}
    met = {name for name in tally.hits if name.startswith("answer: ")}
    assert met >= {"answer: passes", "answer: fails", "answer: falls-back"}
    assert not rate or set(LATER_FAULTS) <= set(tally.hits)


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_without_the_rule_a_customer_waits_or_is_told_wrongly(name: str) -> None:
    """Among the seeds there is a red one."""
    change, faults = MUTANTS[name]
    with changed([change]):
        tally = play_many(0, SEEDS, variant=Variant(scenes={Scene.ASKED: 1.0}, faults=faults), until_red=True)
    assert tally.reds == 1
