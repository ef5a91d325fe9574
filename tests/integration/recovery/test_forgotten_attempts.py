"""What the resolver proves of an order that came out of a rebuilding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground
from tests.rules.world import LONG_MS, ORDER, World, a_world


@pytest.fixture
async def world(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[World]:
    """An order whose attempt nobody has heard of is unknown."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        world.fault("reset_before")
        await hire(world, "first").take()
        assert world.record().state == states.UNKNOWN
        yield world


async def test_without_all_logs_absence_is_no_proof(world: World) -> None:
    """Another order may have gone on for it, under a reference of its own, and only the missing log knows."""
    world.ledger.read("HSET", keys.order(ORDER), "recovered", 1, "logs_missing", 1)
    await _looked_for(world)
    assert (world.record().state, world.record().text("reason")) == (states.PARKED, "logs_missing")


async def test_with_all_logs_it_is(world: World) -> None:
    """Whoever went on for it would be known."""
    world.ledger.read("HSET", keys.order(ORDER), "recovered", 1)
    await _looked_for(world)
    assert world.record().state == states.NOT_CHARGED


async def test_before_h_since_the_rebuilding_nothing_is_proven(world: World) -> None:
    """It may have been promised once more after what is left of it was written."""
    world.later()
    # Ahead, or H would be over for reads that take that long.
    world.ledger.read("HSET", keys.order(ORDER), "recovered", 1, "recovered_at", world.now_ms() + LONG_MS // 2)
    await _scanned(world)
    assert world.record().state == states.UNKNOWN
    await _looked_for(world)
    assert world.record().state == states.NOT_CHARGED


async def _looked_for(world: World) -> None:
    world.later()
    await _scanned(world)


async def _scanned(world: World) -> None:
    duties = Duties(world)
    await duties.scan(3)
    await duties.resolver.round()
