"""A worker that meets an order that was called back: before it takes it, with it in its hands, and too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from producers.acceptance import Order
from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.embedded import EmbeddedValkey
from tests.rules.crew import Duties, Hand, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, World, a_world
from workers.payments import observer as steps
from workers.payments.chains import closed


@pytest.fixture
async def hand(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[Hand]:
    """A worker, and one order."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        yield hire(world, "first")


def cancel(world: World, order_id: str = ORDER) -> Order:
    with Enqueuer(world.settings) as enqueuer:
        return enqueuer.cancel(order_id)


def posts(world: World) -> int:
    return world.gateway.account.book.posts(ORDER)


@pytest.mark.parametrize("step", ["", steps.CLAIMED], ids=["before it is taken", "in a worker's hands"])
async def test_what_was_called_back_ends_unsent(hand: Hand, step: str) -> None:
    """As cancelled, with the reason, its card erased."""
    if step:
        hand.witness.at[step] = lambda: cancel(hand.world)
    else:
        assert cancel(hand.world).state == states.ACCEPTED
    await hand.take()
    record = hand.world.record()
    assert (record.state, record.text("reason"), posts(hand.world)) == ("cancelled", "withdrawn", 0)
    assert not record.text("envelope")
    assert cancel(hand.world).final


@pytest.mark.parametrize("step", [steps.INTENDED, steps.ANSWERED])
async def test_what_was_promised_is_sent(hand: Hand, step: str) -> None:
    """The wish comes too late, and changes nothing of it: who wished it is told so."""
    told: list[str] = []
    hand.witness.at[step] = lambda: told.append(cancel(hand.world).state)
    await hand.take()
    assert (told, hand.world.record().state, posts(hand.world)) == (["sending"], "approved", 1)


async def test_what_may_have_been_sent_is_found_out(hand: Hand) -> None:
    """An order whose answer was lost is not cancelled by it, and ends as what it was."""
    hand.world.fault("charge_then_reset")
    await hand.take()
    assert cancel(hand.world).state == states.UNKNOWN
    await Duties(hand.world).recover()
    assert (hand.world.record().state, hand.world.harm()) == ("approved", frozenset())


async def test_a_worker_is_woken_for_it(hand: Hand) -> None:
    """However long it was to rest."""
    world = hand.world
    world.ledger.read("HSET", "pay:order:ORD-1", "not_before", world.now_ms() + 3_600_000)
    world.ledger.read("ZADD", "pay:due", world.now_ms() + 3_600_000, ORDER)
    cancel(world)
    await Duties(world).work_off(hand)
    assert world.record().state == states.CANCELLED


async def test_of_a_chain_the_order_that_goes_on_is_called_back(hand: Hand) -> None:
    """The first was declined; what was to be tried next is not, and it ends by that."""
    world = hand.world
    world.accept("PAID-1")
    await hand.take("PAID-1")
    world.fault("declined", order_id="TWO-1", error="3001: Insufficient funds")
    paid = world.record("PAID-1").text("payment_id")
    hand.witness.at[steps.RECORDED] = lambda: cancel(world, "TWO-1")
    world.accept("TWO-1", backup={"payment_id": paid})
    await hand.take("TWO-1")
    hand.witness.at.clear()
    await hand.take("TWO-1-a2")
    last = world.record("TWO-1-a2")
    assert (last.state, last.text("reason"), last.intent_at_ms) == ("cancelled", "withdrawn", 0)
    ending = closed(world.record("TWO-1"), last)
    assert ending is not None
    world.ledger.run(ending)
    first = world.record("TWO-1")
    assert (first.state, first.text("reason"), first.text("error")) == (
        "declined", "withdrawn", "3001: Insufficient funds",
    )  # fmt: skip
