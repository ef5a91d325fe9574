"""Payments in parts are brought to their end: taken, given back, called back or waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cardinity_client.money import Money
from cardinity_client.sandbox.plan import Rule as Fault
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.contract.names import REFUND
from producers.enqueue import Enqueuer
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.integration.duties.split_scenes import (
    BY_HAND,
    ONE,
    SPLIT,
    TWO,
    UNDO,
    accept,
    kept,
    leader,
    look,
    now,
    take,
    told,
)
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import World, a_world


@pytest.fixture
async def world(tmp_path: Path, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Empty, with the real gateway's double."""
    async with a_world(Ground(tmp_path, valkey)) as made:
        yield made


async def test_all_parts_are_taken(world: World) -> None:
    """The owner is told once, with every part, and nobody looks any more."""
    accept(world)
    await take(hire(world, "w"), ONE, TWO)
    for _ in "123":
        await look(world)
    (event,) = told(world)
    assert (event.id, event.subject, event.data.state, event.data.total) == (
        "split/INV-7/completed", SPLIT, "completed", "100.00",
    )  # fmt: skip
    assert [(part.recipient, part.order_id, part.amount, part.state) for part in event.data.parts] == [
        ("shop-a", ONE, "70.00", "approved"),
        ("shop-b", TWO, "30.00", "approved"),
    ]
    assert (kept(world), world.ledger.read("ZCARD", keys.SPLITS)) == (10_000, 0)


async def test_what_was_taken_of_one_that_failed_is_given_back(world: World) -> None:
    """Every cent, by one refund, in the name of the producer of the part."""
    accept(world, declined=TWO)
    hand, witness = hire(world, "w"), Witness()
    await take(hand, ONE, TWO)
    duty = leader(world, witness)
    await look(world, duty)
    assert (now(world).state, told(world)) == ("compensating", [])
    undo = world.record(UNDO)
    assert (undo.kind, undo.parent, undo.amount) == (REFUND, world.record(ONE).text("payment_id"), Money(7000, "EUR"))
    assert undo.text("producer") == world.record(ONE).text("producer")
    await take(hand, UNDO)
    for _ in "123":
        await look(world, duty)
    (event,) = told(world)
    assert [part.undone for part in event.data.parts] == ["approved", None]
    assert (event.data.state, now(world).state, kept(world), witness.splits) == (
        "compensated", "compensated", 0, ["compensated"],
    )  # fmt: skip


async def test_a_hold_is_let_go(world: World) -> None:
    """Nothing was taken that could be refunded."""
    accept(world, declined=TWO, settle=False)
    hand = hire(world, "w")
    await take(hand, ONE, TWO)
    await look(world)
    await take(hand, UNDO)
    await look(world)
    record = world.record(UNDO)
    assert (record.kind, record.state, now(world).state) == ("void", states.APPROVED, "compensated")


async def test_parts_that_are_not_sent_yet_are_called_back(world: World) -> None:
    """One after the other fails: the money of the second is never asked for."""
    accept(world, declined=ONE)
    hand = hire(world, "w")
    await take(hand, ONE)
    await look(world)
    await take(hand, TWO)
    await look(world)
    record = world.record(TWO)
    assert (record.state, record.text("reason"), record.intent_at_ms) == (states.CANCELLED, "withdrawn", 0)
    assert ([event.data.state for event in told(world)], kept(world)) == (["failed"], 0)


async def test_an_unknown_part_is_waited_for(world: World) -> None:
    """Until it is known nothing is told, and it is not called failed; what was taken of another is given back."""
    accept(world, Fault(fault="charge_then_reset", order_id=TWO), declined=ONE)
    hand = hire(world, "w")
    await take(hand, TWO, ONE)
    assert world.record(TWO).state == states.UNKNOWN
    await look(world)
    assert (now(world).state, now(world).final, told(world)) == ("compensating", False, [])
    duties = Duties(world)
    await duties.recover()
    await look(world)
    assert world.record("INV-7.2-r").state == states.ACCEPTED
    await take(hand, "INV-7.2-r")
    await look(world)
    assert ([event.data.state for event in told(world)], kept(world)) == (["compensated"], 0)


async def test_without_all_or_nothing_each_part_stands_for_itself(world: World) -> None:
    """The owner is told what there is, and nothing is given back."""
    accept(world, declined=TWO, all_or_nothing=False)
    await take(hire(world, "w"), ONE, TWO)
    for _ in "12":
        await look(world)
    assert [(event.data.state, [part.state for part in event.data.parts]) for event in told(world)] == [
        ("partial", ["approved", "declined"])
    ]
    assert (kept(world), world.record(UNDO).fields) == (7000, {})


async def test_what_cannot_be_given_back_is_an_alarm_until_a_human_has(world: World) -> None:
    """Told once, whoever leads; the payment stays open, and ends by the order that a human gives."""
    accept(world, Fault(fault="declined", order_id=ONE, operation="refund"), declined=TWO)
    hand, witness = hire(world, "w"), Witness()
    await take(hand, ONE, TWO)
    await look(world)
    await take(hand, UNDO)
    assert world.record(UNDO).state == states.DECLINED
    for _ in "12":
        await look(world, leader(world, witness))
    split = now(world)
    assert (split.state, split.final, split.standing.stuck, witness.stuck) == ("compensating", False, (ONE,), [ONE])
    payment_id = world.record(ONE).text("payment_id")
    world.gateway.account.install([])
    with Enqueuer(world.settings) as enqueuer:
        enqueuer.refund(order_id=BY_HAND, payment_id=payment_id, amount="70.00", currency="EUR")
    await take(hand, BY_HAND)
    await look(world, leader(world, witness))
    assert ([event.data.state for event in told(world)], witness.stuck) == (["compensated"], [ONE])


async def test_another_order_by_that_name_gives_nothing_back(world: World) -> None:
    """A charge that is called as the refund would be is not taken for one, nor is a refund of less."""
    accept(world, declined=TWO)
    hand, witness = hire(world, "w"), Witness()
    world.accept(UNDO, "70.00")
    await take(hand, ONE, TWO, UNDO)
    await look(world, leader(world, witness))
    assert (now(world).state, now(world).standing.stuck, witness.stuck) == ("compensating", (ONE,), [ONE])
    with Enqueuer(world.settings) as enqueuer:
        payment_id = world.record(ONE).text("payment_id")
        enqueuer.refund(order_id=BY_HAND, payment_id=payment_id, amount="69.99", currency="EUR")
    await take(hand, BY_HAND)
    await look(world, leader(world, witness))
    assert (now(world).state, told(world)) == ("compensating", [])


async def test_a_row_that_somebody_has_forged_holds_up_no_other(world: World) -> None:
    """Not a name without a row, no row that cannot be read, and none that names orders which nobody has accepted."""
    accept(world)
    witness = Witness()
    made_of = world.ledger.read("HGET", keys.split(SPLIT), "made_of").decode()
    forged = {
        "NO-ROW": {},
        "NO-TEXT": {"made_of": "{", "created_at": "1"},
        "NO-TIME": {"made_of": made_of, "created_at": ""},
    }
    forged["NO-ORDERS"] = {"made_of": made_of.replace(ONE, "INV-8.1"), "created_at": "1"}
    for split_id, row in forged.items():
        for name, value in row.items():
            world.ledger.read("HSETNX", keys.split(split_id), name, value)
        world.ledger.read("ZADD", keys.SPLITS, 0, split_id)
    await take(hire(world, "w"), ONE, TWO)
    await look(world, leader(world, witness))
    assert sorted(witness.troubles) == [("splits", "row_unreadable")] * len(forged)
    assert [event.data.state for event in told(world)] == ["completed"]
    await leader(world, witness).round()
    assert len(witness.troubles) == len(forged), "they are looked at again later, or none could be reached behind them"


async def test_a_producer_that_is_gone_is_waited_for(world: World) -> None:
    """Nobody can order in its name until it is back on the list."""
    accept(world, declined=TWO)
    witness = Witness()
    await take(hire(world, "w"), ONE, TWO)
    producer = world.record(ONE).text("producer")
    world.ledger.read("HSET", keys.order(ONE), "producer", "gone")
    await look(world, leader(world, witness))
    assert (witness.troubles, now(world).state) == ([("splits", "producer_unknown")], "compensating")
    world.ledger.read("HSET", keys.order(ONE), "producer", producer)
    await look(world, leader(world, witness))
    assert world.record(UNDO).ref == token_of(UNDO)
