"""A disputed card is not charged again behind its holder's back, until a human says that it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardinity_client.money import Money
from cardinity_client.sandbox.plan import Rule
from producers.contract.chargebacks import ChargebackData, dispute_name
from producers.contract.fingerprint import reference_fingerprint
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import disputes, keys
from producers.runtime.ledger.references import standing
from producers.runtime.ledger.retire_calls import retire
from tests.integration.disputes.bank import Bank, paid, poller, told
from tests.rules.crew import ACCOUNT, Hand, hire
from tests.rules.mutants import Ground
from tests.rules.world import World, a_world
from tests.stack import CARD
from workers.disputes.kin import STOPS
from workers.payments.chains import closed

SOFT = "3001: Insufficient funds"


async def _refused(world: World, hand: Hand, order_id: str, payment_id: str) -> bool:
    """Whether a charge of that payment's card is refused; it is sent, or it is not."""
    world.accept(order_id, payment_id=payment_id)
    await hand.take(order_id)
    record = world.record(order_id)
    refused = (record.state, record.text("reason")) == ("rejected", "instrument_disputed")
    assert refused or record.state == "approved"
    assert world.gateway.account.book.posts(order_id) == (0 if refused else 1)
    return refused


async def test_a_recurring_charge_of_a_disputed_payment_is_never_sent(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """It is rejected before its intent, and its story names the chargeback. Others are charged as before."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        disputed, other = await paid(world, hand, "FIRST"), await paid(world, hand, "OTHER")
        assert not await _refused(world, hand, "BEFORE", disputed)
        chargeback_id = Bank(world).chargeback(disputed)
        await poller(world)[0].poll()
        assert await _refused(world, hand, "AFTER", disputed)
        assert not await _refused(world, hand, "ELSEWHERE", other)
        record = world.record("AFTER")
        assert record.text("detail") == dispute_name(chargeback_id)
        assert "sending" not in [line.state for line in record.history]


async def test_a_card_in_hand_is_charged(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Who types the card again consents: only charges without a card stop."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        Bank(world).chargeback(await paid(world, hand, "FIRST"))
        await poller(world)[0].poll()
        await paid(world, hand, "AGAIN")


async def test_a_disputed_renewal_stops_the_next_one(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Both name the same first payment, and that is what stops; so does a renewal that names the disputed one."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        first = await paid(world, hand, "FIRST")
        renewal = await paid(world, hand, "RENEWAL-1", payment_id=first)
        Bank(world).chargeback(renewal)
        await poller(world)[0].poll()
        assert await _refused(world, hand, "RENEWAL-2", first)
        # Whoever plans the next one, and has no order yet, is told so too.
        fingerprint = reference_fingerprint(first, world.fingerprint_key)
        planned = standing(ACCOUNT, first, Money.parse("10.00", "EUR"), instrument=fingerprint)
        assert world.ledger.run(planned).disputes
        assert await _refused(world, hand, "RENEWAL-3", renewal)


@pytest.mark.parametrize(("status", "stops"), [("initiated", True), ("approved", True), ("declined", False)])
async def test_what_stops_is_a_dispute_that_is_not_declined(
    valkey: EmbeddedValkey, tmp_path: Path, status: str, stops: bool
) -> None:
    """A chargeback that the bank has declined took nothing."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        payment_id = await paid(world, hand, "FIRST")
        Bank(world).chargeback(payment_id, status=status)
        await poller(world)[0].poll()
        assert await _refused(world, hand, "NEXT", payment_id) == stops


async def test_a_foreign_payment_stops_too(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A first payment that another system took is known by its id alone."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        foreign = world.land("SHOP-7")
        assert not await _refused(world, hand, "BEFORE", foreign)
        Bank(world).chargeback(foreign)
        await poller(world)[0].poll()
        assert await _refused(world, hand, "AFTER", foreign)


async def test_a_human_lifts_it_for_good(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """After that charges go on, and what still comes of the same dispute does not stop them again."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, bank = hire(world, "w"), Bank(world)
        payment_id = await paid(world, hand, "FIRST")
        name = dispute_name(bank.chargeback(payment_id, status="initiated"))
        await poller(world)[0].poll()
        assert await _refused(world, hand, "STOPPED", payment_id)
        assert world.ledger.run(disputes.lift(ACCOUNT, name)) == 2
        assert not await _refused(world, hand, "LIFTED", payment_id)
        bank.chargeback(payment_id, status="approved")
        await poller(world)[0].poll()
        assert not await _refused(world, hand, "STILL-LIFTED", payment_id)
        assert world.record("STOPPED").state == "rejected"


async def test_what_another_dispute_stops_stays_stopped(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Two renewals of one card are disputed: lifting the one leaves the card stopped by the other."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, bank = hire(world, "w"), Bank(world)
        first = await paid(world, hand, "FIRST")
        names = [
            dispute_name(bank.chargeback(await paid(world, hand, f"RENEWAL-{number}", payment_id=first)))
            for number in range(2)
        ]
        await poller(world)[0].poll()
        assert world.ledger.run(disputes.lift(ACCOUNT, names[0])) == 1
        assert await _refused(world, hand, "STOPPED", first)
        assert world.ledger.run(disputes.lift(ACCOUNT, names[1])) == 2
        assert not await _refused(world, hand, "LIFTED", first)


async def test_there_is_nothing_to_lift_of_a_dispute_that_nobody_saw(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A mistyped id lifts nothing, now or later."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        assert world.ledger.run(disputes.lift(ACCOUNT, "chargeback/nope")) is None


async def test_other_payments_of_the_card_stop_as_well(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Whichever of its payments a recurring charge names, the card is the same; another card's payments go on."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, bank = hire(world, "w"), Bank(world)
        disputed, sibling = await paid(world, hand, "FIRST"), await paid(world, hand, "SIBLING")
        renewal = await paid(world, hand, "RENEWAL", payment_id=world.land("SHOP-7"))
        bank.chargeback(disputed)
        one, _ = poller(world)
        await one.poll()
        assert await one.search(lambda: True)
        assert await _refused(world, hand, "BY-SIBLING", sibling)
        assert not await _refused(world, hand, "BY-RENEWAL", renewal)
        assert world.ledger.read("EXISTS", keys.searching(ACCOUNT)) == 0


async def test_a_renewal_that_names_an_earlier_one_stops_as_well(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Renewals of one first payment are kin: a dispute of the second stops who names the first."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, first = hire(world, "w"), world.land("SHOP-7")
        renewals = [await paid(world, hand, f"RENEWAL-{number}", payment_id=first) for number in range(2)]
        Bank(world).chargeback(renewals[1])
        one, _ = poller(world)
        await one.poll()
        await one.search(lambda: True)
        assert await _refused(world, hand, "NEXT", renewals[0])


@pytest.mark.parametrize("gone", [("FIRST",), ("SIBLING",), ("FIRST", "SIBLING")])
async def test_orders_that_have_left_are_found_by_their_tombstones(
    valkey: EmbeddedValkey, tmp_path: Path, gone: tuple[str, ...]
) -> None:
    """A bank disputes long after: whose payment it is is known, and the card's other payments stop too."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        disputed, sibling = await paid(world, hand, "FIRST"), await paid(world, hand, "SIBLING")
        for order_id in gone:
            assert world.ledger.run(retire(world.record(order_id), kept_ms=0)) == "retired"
        Bank(world).chargeback(disputed)
        one, _ = poller(world)
        await one.poll()
        data = told(world)[-1].data
        assert isinstance(data, ChargebackData) and data.order_id == "FIRST"
        await one.search(lambda: True)
        assert await _refused(world, hand, "BY-SIBLING", sibling)
        assert not await _refused(world, hand, "BY-ANOTHER", world.land("SHOP-7"))


async def test_a_search_that_was_cut_short_is_made_again(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Who leads no longer, or dies before the end, leaves it to the next; who is lifted meanwhile is not stopped."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, bank = hire(world, "w"), Bank(world)
        disputed, sibling = await paid(world, hand, "FIRST"), await paid(world, hand, "SIBLING")
        name = dispute_name(bank.chargeback(disputed))
        one, _ = poller(world)
        await one.poll()
        await one.search(lambda: False)
        assert not await _refused(world, hand, "MEANWHILE", sibling)
        assert await poller(world)[0].search(lambda: True)
        assert await _refused(world, hand, "LATER", sibling)
        assert world.ledger.run(disputes.lift(ACCOUNT, name)) == 3
        world.ledger.run(disputes.stop_more(ACCOUNT, name, (sibling,), done=True))
        assert not await _refused(world, hand, "LIFTED", sibling)


async def test_a_search_sees_every_order(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """More orders than one step looks at, more payments than one step stops: none is left out but those whose money
    went through another account.
    """
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand, count = hire(world, "w"), 2 * STOPS + 1
        disputed = await paid(world, hand, "FIRST")
        row = world.ledger.read("HGETALL", keys.order("FIRST"))
        for number in range(count):
            copied = {**row, b"payment_id": f"p-{number}".encode()}
            world.ledger.read("HSET", keys.order(f"COPY-{number}"), *(part for pair in copied.items() for part in pair))
        world.ledger.read("HSET", keys.order("COPY-0"), "lane", "another")
        world.ledger.read("HSET", keys.order("COPY-1"), "account", "another")
        Bank(world).chargeback(disputed)
        one, _ = poller(world)
        await one.poll()
        await one.search(lambda: True)
        stopped = set(world.ledger.read("HKEYS", keys.stopped(ACCOUNT)))
        assert stopped == {disputed.encode(), row[b"instrument"]} | {f"p-{n}".encode() for n in range(1, count)}


async def test_a_disputed_card_is_no_backup(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """The order that goes on is refused before its intent, and the first stays with the decline that it had."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        disputed = await paid(world, hand, "FIRST")
        Bank(world).chargeback(disputed)
        await poller(world)[0].poll()
        _declines(world, "NEXT")
        world.accept("NEXT", backup={"payment_id": disputed})
        await hand.take("NEXT")
        second = world.record("NEXT-a2")
        assert (second.state, second.text("reason")) == ("rejected", "instrument_disputed")
        assert world.gateway.account.book.posts("NEXT-a2") == 0
        ending = closed(world.record("NEXT"), second)
        assert ending is not None
        world.ledger.run(ending)
        root = world.record("NEXT")
        assert (root.state, root.text("reason"), root.text("error")) == ("declined", "instrument_disputed", SOFT)


async def test_a_chargeback_of_a_backup_is_told_of_the_order(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Its owner knows the first order; what stops is the second card."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w")
        _declines(world, "TWO")
        world.accept("TWO", backup={**CARD, "pan": "5555555555554444"})
        await hand.take("TWO")
        second = world.record("TWO-a2")
        ending = closed(world.record("TWO"), second)
        assert ending is not None
        world.ledger.run(ending)
        Bank(world).chargeback(second.text("payment_id"))
        await poller(world)[0].poll()
        assert [event.subject for event in told(world)] == ["TWO"]
        stopped = world.ledger.read("HGETALL", keys.stopped(ACCOUNT))
        assert second.text("payment_id").encode() in stopped
        assert world.record("TWO").text("instrument").encode() not in stopped


def _declines(world: World, order_id: str) -> None:
    world.gateway.account.install([Rule(fault="declined", order_id=order_id, error=SOFT)])
