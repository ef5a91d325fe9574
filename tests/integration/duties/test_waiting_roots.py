"""An order that another goes on for is followed up by the ledger alone: the gateway has nothing to say of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cardinity_client.sandbox.plan import Rule
from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.record import Record
from tests.rules.crew import hire
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import DUE, ORDER, World, a_world
from tests.stack import CARD
from workers.payments.chains import Chains
from workers.payments.continuing import LOOK_EVERY_MS

SECOND = f"{ORDER}-a2"


class Others:
    """Whoever would ask the gateway."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def follow_up(self, record: Record) -> None:
        self.asked.append(record.order_id)


@pytest.fixture
async def world(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[World]:
    """With an order whose backup was charged, which nobody has heard of yet."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept(backup={**CARD, "pan": "5555555555554444"})
        world.gateway.account.install(
            [
                Rule(fault="declined", order_id=ORDER, error="3001: Insufficient funds"),
                Rule(fault="charge_then_reset", order_id=SECOND),
            ]
        )
        await hire(world, "first").take()
        assert (world.record().state, world.record(SECOND).state) == (states.PENDING, states.UNKNOWN)
        yield world


async def test_a_root_waits_without_a_word_to_the_gateway(world: World) -> None:
    """It rests for minutes, for its successor's end will make it due."""
    others, asked = Others(), world.clock.asked
    world.ledger.read("ZADD", DUE, world.now_ms() + 60_000, ORDER)  # as the sweeper does
    await Chains(world.executor(), others, Witness()).follow_up(world.record())
    assert (others.asked, world.clock.asked, world.record().state) == ([], asked, states.PENDING)
    assert float(world.ledger.read("ZSCORE", DUE, ORDER)) > world.now_ms() + LOOK_EVERY_MS / 3


async def test_what_waits_for_no_other_is_handed_on(world: World) -> None:
    """It is for whoever asks the gateway."""
    others = Others()
    await Chains(world.executor(), others, Witness()).follow_up(world.record(SECOND))
    assert others.asked == [SECOND]
