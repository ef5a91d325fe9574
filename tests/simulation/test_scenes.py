"""Worlds of one scene each: what befalls asked customers, holds, links and several accounts, all come to a true end."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.simulation.campaign import play_many
from tests.simulation.content import Scene
from tests.simulation.later_link import LATER_FAULTS
from tests.simulation.orders import FIRST, SECOND
from tests.simulation.variant import Variant

#: Seeds of each ground.
WORLDS = 250
#: What must have been met in the worlds of a scene, or they would show little.
MET: Mapping[Scene, frozenset[str]] = {
    Scene.FOLLOWING: frozenset({"sending -> approved", "accepted: follows_another"}),
    Scene.ASKED: frozenset({"answer: passes", "answer: fails", "answer: falls-back"}),
    Scene.TWO_PHASE: frozenset(
        {"pending -> approved", "pending -> declined", "not_charged: no_hold_seen", "stray: gone"}
    ),
    Scene.LINKS: frozenset({"pending -> approved", "not_charged: link_unpaid", "duplicates seen"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("scene", MET, ids=lambda scene: scene.name)
@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_every_world_of_a_scene_comes_to_a_true_end(scene: Scene, rate: float) -> None:
    """One charge at the most and one true outcome for each order, with faults of the seed and of all later writes."""
    faults = dict.fromkeys(LATER_FAULTS, rate)
    tally = play_many(0, WORLDS, variant=Variant(scenes={scene: 1.0}, faults=faults))
    assert {result.seed: result.violations for result in tally.red} == {}
    assert MET[scene] - set(tally.hits) == set()
    later = scene in (Scene.ASKED, Scene.TWO_PHASE)
    assert not (rate and later) or set(LATER_FAULTS) <= set(tally.hits)


@pytest.mark.slow
def test_every_world_of_two_accounts_comes_to_a_true_end() -> None:
    """Orders leave an account that nothing reaches, and are sent to one account only."""
    tally = play_many(0, WORLDS, variant=Variant(divided=1.0, faults={"account.down": 0.5}))
    assert {result.seed: result.violations for result in tally.red} == {}
    assert tally.hits[f"sent to {SECOND}"] > tally.hits[f"sent to {FIRST}"] > 0
