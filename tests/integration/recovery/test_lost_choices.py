"""A hold that the lost ledger chose and settled: nobody remembers it, and its customer has paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from tests.rules.crew import Duties
from tests.rules.mutants import Ground
from tests.rules.phases import _hire
from tests.rules.rebuilt import _rebuild
from tests.rules.world import World, a_world

#: Payments that a page of the gateway's list shows.
PAGE = 100


@pytest.fixture
async def world(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[World]:
    """A two-phase order was paid, and then its ledger was rebuilt from the log."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept(mode="two_phase")
        await _hire(world, "first", Duties(world)).take()
        assert world.record().state == states.APPROVED
        world.ledger.read("FLUSHDB")
        _rebuild(world, all_hosts=True, told=True)
        yield world


async def test_a_settled_hold_off_the_list_is_no_proof_that_nothing_was_charged(world: World) -> None:
    """A hundred payments came since, so no read of today can show it."""
    for number in range(PAGE):
        world.land(f"OTHER-{number}")
    await _looked_for(world)
    assert (world.record().state, world.record().text("reason")) == (states.PARKED, "hole_in_coverage")


async def test_a_settled_hold_on_the_list_is_found(world: World) -> None:
    """It is asked for once more, shows its settlement, and is settled no second time."""
    duties = await _looked_for(world)
    assert world.record().state == states.PENDING
    await _hire(world, "second", duties).charger._pending(world.record().order_id)
    assert world.record().state == states.APPROVED
    assert not world.harm()


async def _looked_for(world: World) -> Duties:
    world.later()
    duties = Duties(world)
    await duties.scan(3)
    await duties.resolver.round()
    return duties
