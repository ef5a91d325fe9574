"""Leaders of payments in parts come, go, die and meet each other: what is due is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from producers.contract.names import REFUND
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from tests.integration.duties.split_scenes import (
    ONE,
    TWO,
    UNDO,
    accept,
    kept,
    leader,
    look,
    take,
    told,
)
from tests.rules.crew import Killed, hire
from tests.rules.landed import approved
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import World, a_world


@pytest.fixture
async def world(tmp_path: Path, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Empty, with the real gateway's double."""
    async with a_world(Ground(tmp_path, valkey)) as made:
        yield made


class Dying:
    """A ledger whose user dies as that script is to run, or once it has."""

    def __init__(self, ledger: Executor, script: str, *, before: bool) -> None:
        self._ledger = ledger
        self._script = script
        self._before = before

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script != self._script:
            return await self._ledger.run(call, patience_s=patience_s)
        if not self._before:
            await self._ledger.run(call, patience_s=patience_s)
        raise Killed

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("script", ["accept", "rest_split", "tell_split"])
async def test_a_leader_dies_anywhere(world: World, script: str, before: bool) -> None:
    """The next one finds what is missing: one refund, one event."""
    accept(world, declined=TWO)
    hand = hire(world, "w")
    await take(hand, ONE, TWO)
    for _ in "12":
        for ledger in (Dying(world.executor(), script, before=before), None):
            try:
                await look(world, leader(world, ledger=ledger))
            except Killed:
                continue
        await take(hand, UNDO)
    await look(world)
    made = world.gateway.account.records.of_payment(REFUND, world.record(ONE).text("payment_id"))
    assert ([event.data.state for event in told(world)], len(made), kept(world)) == (["compensated"], 1, 0)


async def test_leaders_at_once_do_no_harm(world: World) -> None:
    """Five of them, at every look: one refund, one event."""
    accept(world, declined=TWO)
    hand = hire(world, "w")
    witness = Witness()
    await take(hand, ONE, TWO)
    for _ in "12":
        await asyncio.gather(*(look(world, leader(world, witness)) for _ in range(5)))
        await take(hand, UNDO)
    await asyncio.gather(*(look(world, leader(world, witness)) for _ in range(5)))
    assert (len(told(world)), witness.splits, approved(world.gateway.account, world.record(UNDO))) == (
        1, ["compensated"], 1,
    )  # fmt: skip
