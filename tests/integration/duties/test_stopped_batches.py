"""A worker that meets a stopped batch: before it takes the order, with the order in its hands, and too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import halt
from tests.rules.crew import Hand, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, World, a_world
from workers.payments import observer as steps

Word = Literal["paused", "cancelled", ""]


@pytest.fixture
async def hand(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[Hand]:
    """A worker, and one order of the batch b1."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        world.ledger.read("HSET", keys.order(ORDER), "batch", "b1")
        world.ledger.read("HSET", keys.batch("b1"), states.ACCEPTED, 1)
        yield hire(world, "first")


def say(world: World, word: Word) -> None:
    world.ledger.run(halt("b1", word))


def posts(world: World) -> int:
    return world.gateway.account.book.posts(ORDER)


async def test_a_paused_order_is_left_where_it_is(hand: Hand) -> None:
    """However often a message comes for it: no claim, no line in its history."""
    say(hand.world, "paused")
    for _ in range(10):
        await hand.take()
    record = hand.world.record()
    assert (record.state, record.number("claims"), len(record.history), posts(hand.world)) == ("accepted", 0, 1, 0)


async def test_what_is_paused_in_a_workers_hands_goes_back(hand: Hand) -> None:
    """Unsent, at no cost; resumed it is charged, once."""
    hand.witness.at[steps.CLAIMED] = lambda: say(hand.world, "paused")
    await hand.take()
    record = hand.world.record()
    assert (record.state, record.number("claims"), posts(hand.world)) == ("accepted", 0, 0)
    assert record.history[-1].detail == "paused"
    hand.witness.at.clear()
    say(hand.world, "")
    await hand.take()
    assert (hand.world.record().state, posts(hand.world)) == ("approved", 1)


@pytest.mark.parametrize("step", ["", steps.CLAIMED], ids=["before it is taken", "in a worker's hands"])
async def test_what_was_called_back_ends_unsent(hand: Hand, step: str) -> None:
    """As cancelled, with the reason, its card erased."""
    if step:
        hand.witness.at[step] = lambda: say(hand.world, "cancelled")
    else:
        say(hand.world, "cancelled")
    await hand.take()
    record = hand.world.record()
    assert (record.state, record.text("reason"), posts(hand.world)) == ("cancelled", "batch_cancelled", 0)
    assert not record.text("envelope")


@pytest.mark.parametrize("word", ["paused", "cancelled"])
async def test_what_was_promised_is_sent(hand: Hand, word: Word) -> None:
    """The word comes too late, and changes nothing of it."""
    hand.witness.at[steps.INTENDED] = lambda: say(hand.world, word)
    await hand.take()
    assert (hand.world.record().state, posts(hand.world)) == ("approved", 1)
