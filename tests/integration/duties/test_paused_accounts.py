"""A worker whose account an operator pauses: before it takes the order, with the order in its hands, and too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests.rules.crew import Hand, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, a_world
from workers.payments import observer as steps


@pytest.fixture
async def hand(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[Hand]:
    """A worker, and one order."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        yield hire(world, "first")


def posts(hand: Hand) -> int:
    return hand.world.gateway.account.book.posts(ORDER)


async def test_an_order_of_a_paused_account_goes_back(hand: Hand) -> None:
    """Unsent, with the reason; no claim counts against it, however often it comes. Resumed it is charged, once."""
    hand.lane.halt(True)
    for _ in range(7):
        await hand.take()
    record = hand.world.record()
    assert (record.state, record.number("claims"), posts(hand)) == ("accepted", 0, 0)
    assert record.history[-1].detail == "account_paused"
    hand.lane.halt(False)
    await hand.take()
    assert (hand.world.record().state, posts(hand)) == ("approved", 1)


async def test_what_is_paused_in_a_workers_hands_goes_back(hand: Hand) -> None:
    """Paused between the look at the lane and the promise: nothing is promised."""
    closed = hand.lane.closed

    async def paused_just_after(*, batch: bool = False) -> None:
        assert await closed(batch=batch) is None
        hand.lane.halt(True)

    hand.lane.closed = paused_just_after  # type: ignore[method-assign]
    await hand.take()
    record = hand.world.record()
    assert (record.state, record.history[-1].detail, posts(hand)) == ("accepted", "account_paused", 0)


async def test_what_was_promised_is_sent(hand: Hand) -> None:
    """The pause comes too late, and changes nothing of it."""
    hand.witness.at[steps.INTENDED] = lambda: hand.lane.halt(True)
    await hand.take()
    assert (hand.world.record().state, posts(hand)) == ("approved", 1)
