"""A claim that has waited for half of its lease: its order goes back unsent, and the claim does not count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from tests.rules.crew import RULES, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, a_world


async def test_a_claim_too_old_is_given_back(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """However often: it is no poison, and charged once by a worker that is quick enough."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        slow = hire(world, "slow", rules=replace(RULES, lease_s=0.0))
        for _ in range(7):
            world.later()
            await slow.take()
        record = world.record()
        assert (record.state, record.number("claims")) == (states.ACCEPTED, 0)
        assert record.history[-1].detail == "claim_too_old"
        world.later()
        await hire(world, "quick").take()
        assert (world.record().state, world.gateway.account.book.posts(ORDER)) == (states.APPROVED, 1)
