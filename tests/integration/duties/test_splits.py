"""Payments in parts are brought to their end by leaders that come, go, die and meet each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cardinity_client.money import Money
from cardinity_client.sandbox.plan import Rule as Fault
from producers.contract import states
from producers.contract.events import decode
from producers.contract.follow_ups import token_of
from producers.contract.names import REFUND
from producers.contract.split_events import SplitEvent
from producers.enqueue import Enqueuer
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from producers.splits.accepting import SplitPayment
from producers.vault import load_opening_keys, load_producers
from tests.rules.crew import Duties, Hand, Killed, hire
from tests.rules.landed import approved
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import World, a_world
from tests.stack import CARD
from workers.workflows.sealing import Sealers
from workers.workflows.splits import Splits

SPLIT = "INV-7"
ONE, TWO, UNDO, BY_HAND = "INV-7.1", "INV-7.2", "INV-7.1-r", "INV-7.1-r2"
FIELDS: dict[str, Any] = {
    "split_id": SPLIT,
    "currency": "EUR",
    "country": "LT",
    "payment_instrument": CARD,
    "all_or_nothing": True,
}


@pytest.fixture
async def world(tmp_path: Path, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Empty, with the real gateway's double."""
    async with a_world(Ground(tmp_path, valkey)) as made:
        yield made


def accept(world: World, *faults: Fault, declined: str = "", **more: object) -> SplitPayment:
    """A payment of 70.00 and 30.00; the bank says no to the part of that order_id."""
    declines = [Fault(fault="declined", order_id=declined)] if declined else []
    world.gateway.account.install([*declines, *faults])
    parts = [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}]
    with Enqueuer(world.settings) as enqueuer:
        split = enqueuer.split(**{**FIELDS, "total": "100.00", "parts": parts, **more})
    world.order_ids = [part.order_id for part in split.parts]
    return split


def now(world: World) -> SplitPayment:
    with Enqueuer(world.settings) as enqueuer:
        return enqueuer.get_split(SPLIT)


def leader(world: World, witness: Witness | None = None, ledger: Executor | None = None) -> Splits:
    """Whoever has the duty now."""
    settings = world.settings
    assert settings.seal_private_keys_file is not None and settings.producers_file is not None
    opening_keys, producers = (
        load_opening_keys(settings.seal_private_keys_file),
        load_producers(settings.producers_file),
    )
    sealers = Sealers(opening_keys, producers, settings.cardinity_mode)
    return Splits(ledger or world.executor(), sealers, witness or Witness())


async def look(world: World, duty: Splits | None = None) -> None:
    """One look at the payment, whenever it was to be."""
    world.ledger.read("ZADD", keys.SPLITS, "XX", 0, SPLIT)
    await (duty or leader(world)).round()


async def take(hand: Hand, *order_ids: str) -> None:
    for order_id in order_ids:
        await hand.take(order_id)


def told(world: World) -> list[SplitEvent]:
    """What the payment's owner was told of it."""
    entries = world.ledger.read("XRANGE", keys.EVENTS, "-", "+")
    events = [decode(fields[b"event"]) for _, fields in entries]
    return [event for event in events if isinstance(event, SplitEvent)]


def kept(world: World) -> int:
    """What the gateway has of the payment, less what it gave back, in minor units."""
    book, records = world.gateway.account.book, world.gateway.account.records
    named = [row.order_id for row in book.tallies() if row.order_id]
    taken = [each for name in named for each in book.of_order(name) if each.status == "approved"]
    back = [each for made in taken for each in records.of_payment(REFUND, made.id) if each.status == "approved"]
    return sum(_minor(each.amount) for each in taken) - sum(_minor(each.amount) for each in back)


def _minor(amount: str | None) -> int:
    return Money.parse(amount or "", "EUR").minor


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
