"""What becomes of refunds and voids that nobody can be sure of, against the real ledger and the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cardinity_client.sandbox.wire import timestamp
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.contract.names import REFUND
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.results import Sighted
from tests.rules.crew import Duties, hire
from tests.rules.following import ONE, PAID, unheard
from tests.rules.landed import make
from tests.rules.mutants import Ground
from tests.rules.world import World, a_world
from workers.payments import observer as steps
from workers.payments.under_payment import ROWS_SURE
from workers.resolver.looks import Looks

#: A moment before every intent of a test.
LONG_AGO = timestamp(1_600_000_000_000)
ABSENT_PAYMENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def world(tmp_path: Path, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Empty, with the real gateway's double."""
    async with a_world(Ground(tmp_path, valkey)) as made:
        yield made


async def _judge(world: World, rounds: int = 3) -> Duties:
    duties = Duties(world)
    for _ in range(rounds):
        await duties.resolver.round()
    return duties


async def test_a_payment_that_cannot_be_found_for_a_moment_is_not_parked(world: World) -> None:
    """A lag ends; then the refund is found."""
    payment = world.land(PAID)
    await unheard(world, payment, "charge_then_reset")
    world.ledger.read("HSET", keys.order(ONE), "parent", ABSENT_PAYMENT)
    await _judge(world)
    assert world.record(ONE).state == states.UNKNOWN
    world.ledger.read("HSET", keys.order(ONE), "parent", payment)
    await _judge(world)
    assert world.record(ONE).state == states.APPROVED


async def test_a_payment_that_stays_away_is_for_a_human(world: World) -> None:
    """What is still so long after H is parked, with the reason."""
    await unheard(world, world.land(PAID), "charge_then_reset")
    world.ledger.read("HSET", keys.order(ONE), "parent", ABSENT_PAYMENT)
    world.later(ONE)
    await _judge(world)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.PARKED, "payment_not_found")


async def test_what_is_older_than_the_intent_is_not_its_own(world: World) -> None:
    """An order of that id in another life was refunded; nobody knows of this one, so a human decides."""
    payment = world.land(PAID)
    await unheard(world, payment, "reset_before")
    make(world.gateway.account, REFUND, payment, token_of(ONE), created=LONG_AGO)
    await _judge(world)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.PARKED, "reference_with_other_content")


@pytest.mark.parametrize("more", [{"amount": "4.01"}, {"description": f"by hand for {token_of(ONE)}"}])
async def test_what_has_the_token_and_other_content_is_for_a_human(world: World, more: dict[str, str]) -> None:
    """Another amount, or the words of somebody who did by hand what nobody had heard of."""
    payment = world.land(PAID)
    await unheard(world, payment, "reset_before")
    make(world.gateway.account, REFUND, payment, **{"description": token_of(ONE), **more})  # type: ignore[arg-type]
    await _judge(world)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.PARKED, "reference_with_other_content")


async def test_a_list_that_never_makes_sense_is_for_a_human(world: World) -> None:
    """Neither found nor proven absent: it does not stay unknown for ever."""
    payment = world.land(PAID)
    await unheard(world, payment, "reset_before")
    make(world.gateway.account, REFUND, payment, "by hand", created="yesterday")
    world.later(ONE)
    await _judge(world)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.PARKED, "list_unreadable")


async def test_a_list_with_rows_twice_proves_nothing(world: World) -> None:
    """What stands there twice may stand in the place of another; the refund is found once the list is whole again."""
    payment = world.land(PAID)
    await unheard(world, payment, "charge_then_reset")
    make(world.gateway.account, REFUND, payment, "by hand")
    world.fault("list_repeated", order_id=None, operation=REFUND, times=None)
    world.intended_at(world.now_ms() - Duties(world).horizon_ms, ONE)
    await _judge(world)
    assert world.record(ONE).state == states.UNKNOWN
    world.gateway.account.install([])
    world.intended_at(world.now_ms() - 100, ONE)
    await _judge(world)
    assert world.record(ONE).state == states.APPROVED


async def test_looks_stand_apart(world: World) -> None:
    """A round that comes at once does not read the gateway again, and three looks at once are no proof."""
    await unheard(world, world.land(PAID), "reset_before")
    world.later(ONE)
    duties = Duties(world, looks=Looks())
    await duties.resolver.round()
    asked = world.clock.asked
    await duties.resolver.round()
    await duties.resolver.round()
    assert (world.clock.asked, world.record(ONE).state) == (asked, states.UNKNOWN)


async def test_what_was_made_in_another_life_is_not_made_again(world: World) -> None:
    """The ledger has forgotten the order, the gateway has not."""
    payment = world.land(PAID)
    make(world.gateway.account, REFUND, payment, token_of(ONE), created=LONG_AGO)
    world.follow(REFUND, ONE, payment)
    await hire(world, "first").take(ONE)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.REJECTED, "made_before")
    assert len(world.gateway.account.records.of_payment(REFUND, payment)) == 1


async def _refused(world: World, **more: object) -> tuple[str, str]:
    """A refund that is answered with a 429; the payment's id, and what its worker said of the order."""
    payment = world.land(PAID)
    world.follow(REFUND, ONE, payment)
    world.fault("rate_limited_429", order_id=PAID, operation=REFUND, **more)
    await hire(world, "first").take(ONE)
    world.gateway.account.install([])
    return payment, world.record(ONE).history[-1].detail


async def test_a_refund_that_the_gateway_did_not_take_is_sent_again(world: World) -> None:
    """A 429, and looks under the payment that show nothing: back at once, to be taken after the gateway's own pause."""
    payment, detail = await _refused(world, retry_after="7")
    record = world.record(ONE)
    assert (record.state, detail) == (states.ACCEPTED, "rate_limited")
    assert 6_000 < record.number("not_before") - world.now_ms() <= 7_000
    world.later(ONE)
    await hire(world, "second").take(ONE)
    assert world.record(ONE).state == states.APPROVED
    assert len(world.gateway.account.records.of_payment(REFUND, payment)) == 1


async def test_a_payment_is_free_for_the_next_meanwhile(world: World) -> None:
    """What was given back stands in nobody's way."""
    payment, _ = await _refused(world)
    assert world.ledger.read("HGET", keys.parent(payment), "open") is None
    world.follow(REFUND, "RET-2", payment)
    await hire(world, "second").take("RET-2")
    assert world.record("RET-2").state == states.APPROVED


@pytest.mark.parametrize(("created", "rows"), [("yesterday", 1), ("", ROWS_SURE + 1)])
async def test_a_list_that_may_hide_something_leaves_it_unknown(world: World, created: str, rows: int) -> None:
    """A row that cannot be read, or so many that older ones may be held back: H decides, as before."""
    payment = world.land(PAID)
    world.follow(REFUND, ONE, payment)

    def made_by_hand() -> None:
        for nth in range(rows):
            make(world.gateway.account, REFUND, payment, "by hand", amount="0.01", created=created, nth=nth)

    first = hire(world, "first")
    first.witness.at[steps.INTENDED] = made_by_hand
    world.fault("rate_limited_429", order_id=PAID, operation=REFUND)
    await first.take(ONE)
    assert world.record(ONE).state == states.UNKNOWN


async def test_what_lands_behind_a_429_after_all_is_never_said_not_to_be_there(world: World) -> None:
    """The gateway's word was wrong and the looks were too early: the second attempt meets it, sends nothing, and leaves
    it to the resolver."""
    payment, _ = await _refused(world)
    make(world.gateway.account, REFUND, payment, token_of(ONE))
    world.later(ONE)
    await hire(world, "second").take(ONE)
    record = world.record(ONE)
    assert (record.state, record.text("reason")) == (states.UNKNOWN, "made_before")
    await _judge(world)
    assert world.record(ONE).state == states.APPROVED
    assert len(world.gateway.account.records.of_payment(REFUND, payment)) == 1


async def test_who_waits_for_another_does_not_ask_the_gateway(world: World) -> None:
    """The payment is looked into once its turn has come."""
    payment = world.land(PAID)
    await unheard(world, payment, "reset_before")
    world.follow(REFUND, "RET-2", payment)
    asked = world.clock.asked
    await hire(world, "second").take("RET-2")
    last = world.record("RET-2").history[-1]
    assert (world.clock.asked, last.state, last.detail) == (asked, states.ACCEPTED, "follows_another")


async def test_a_payment_with_the_order_id_of_a_refund_is_no_alarm(world: World) -> None:
    """Refunds are often called like the order they give back, which another system has charged."""
    payment = world.land(ONE)
    world.follow(REFUND, ONE, payment)
    await hire(world, "first").take(ONE)
    row = ("approved 10.00 EUR 1111 1768471200000",)
    sighted = world.ledger.run(calls.sight("default", "", "t1", b"{}", [(ONE, payment, *row)]))
    assert (sighted, world.record(ONE).state) == (Sighted(ours=0, alarms=()), states.APPROVED)
