"""A hint makes a worker look, and changes nothing by itself (rule R12)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cardinity_client.sandbox.plan import Rule
from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.retire_calls import retire
from producers.runtime.settings import Settings
from tests.proxy import CuttingProxy
from tests.rules.crew import RULES, hints_of, hire
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World, a_world
from tests.stack import CARD
from workers.payments.endings import end
from workers.resolver.hints import HINTS_MAX

#: A payment nobody has.
NOBODYS = "00000000-0000-4000-8000-000000000000"
#: Those of a worker whose answer is kept back until the test has seen what it came for.
_PATIENT = dataclasses.replace(RULES, attempt_deadline_s=60.0, window_s=61.0, lease_s=120.0)


@pytest.fixture
async def world(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[World]:
    """A merchant, a gateway and a ledger."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        yield world


async def heeded(world: World, payment_id: str) -> str:
    """What came of a hint."""
    witness = Witness()
    await hints_of(world, witness).heed(payment_id)
    (result,) = witness.hints
    return result


def paid(world: World) -> str:
    """The id of the one payment that the gateway has of the order."""
    (payment,) = world.gateway.account.book.of_order(ORDER)
    return payment.id


async def test_an_unknown_order_is_settled_by_a_hint(world: World) -> None:
    """The gateway charged and its answer was lost: no read of the list is needed to know."""
    world.accept()
    world.fault("charge_then_reset")
    await hire(world, "first").take()
    assert world.record().state == states.UNKNOWN
    assert await heeded(world, paid(world)) == "looked"
    assert (world.record().state, world.record().text("payment_id")) == (states.APPROVED, paid(world))
    assert not world.harm()


async def test_an_order_that_has_left_needs_no_hint(world: World) -> None:
    """It is known, and has ended."""
    world.accept()
    await hire(world, "first").take()
    assert world.ledger.run(retire(world.record(), kept_ms=0)) == "retired"
    assert await heeded(world, paid(world)) == "closed"


async def test_a_pending_order_is_settled_by_a_hint(world: World) -> None:
    """The payment was in processing and is approved now."""
    world.accept()
    world.fault("processing", delay_ms=60_000)
    await hire(world, "first").take()
    assert world.record().state == states.PENDING
    payment_id = paid(world)
    assert await heeded(world, payment_id) == "looked"
    assert world.record().state == states.PENDING
    assert await heeded(world, world.land()) == "other"
    assert world.record().state == states.PENDING
    book = world.gateway.account.book
    pending = next(payment for payment in book.of_order(ORDER) if payment.id == payment_id)
    book.put(replace(pending, status="approved"))
    assert await heeded(world, payment_id) == "looked"
    assert world.record().state == states.APPROVED


async def test_a_parked_order_is_settled_by_a_hint(world: World) -> None:
    """What a human was called for turns out to be there."""
    world.accept()
    world.fault("reset_before")
    await hire(world, "first").take()
    world.ledger.run(end(world.record(), states.PARKED, "hole_in_coverage", evidence="no payment seen"))
    assert await heeded(world, world.land()) == "looked"
    assert world.record().state == states.APPROVED
    assert not world.harm()


async def test_an_order_that_is_being_sent_is_its_owners(world: World) -> None:
    """Its owner waits for the answer, and gets it."""
    world.accept()
    with CuttingProxy(int(world.gateway.url.rpartition(":")[2].partition("/")[0])) as proxy:
        proxy.hold_reply(ORDER.encode())
        world.settings = Settings.from_environ({**world.env, "CARDINITY_BASE_URL": f"http://127.0.0.1:{proxy.port}/v1"})
        hand = hire(world, "first", rules=_PATIENT)
        hand.begin()
        await world.until_posted()
        assert world.record().state == states.SENDING
        assert await heeded(world, paid(world)) == "closed"
        assert world.record().state == states.SENDING
        proxy.release()
        await hand.finished()
    assert world.record().state == states.APPROVED


async def test_an_order_that_has_ended_stays_as_it_is(world: World) -> None:
    """A hint at a payment that was told long ago, or at a second one of the order, moves nothing."""
    world.accept()
    await hire(world, "first").take()
    before = world.record()
    assert [await heeded(world, payment_id) for payment_id in (paid(world), world.land())] == ["closed", "closed"]
    assert world.record() == before


async def test_a_payment_of_other_content_is_left_to_the_mirror(world: World) -> None:
    """It carries the order's name and another amount: a hint parks nothing and settles nothing."""
    world.accept(amount="12.00")
    world.fault("reset_before")
    await hire(world, "first").take()
    before = world.record()
    assert await heeded(world, world.land()) == "other"
    assert world.record() == before


async def test_a_payment_from_before_the_intent_is_not_this_orders(world: World) -> None:
    """Somebody used the order_id a long time ago."""
    world.accept()
    world.fault("reset_before")
    await hire(world, "first").take()
    before = world.record()
    assert await heeded(world, world.land(created="2020-01-01T00:00:00.000Z")) == "other"
    assert world.record() == before


@pytest.mark.parametrize(("payment_id", "result"), [(NOBODYS, "payment_unknown"), ("none", "payment_unknown")])
async def test_a_hint_at_nothing_is_counted(world: World, payment_id: str, result: str) -> None:
    """An id that the gateway does not know, and one that it could not have given."""
    asked = world.clock.asked
    assert await heeded(world, payment_id) == result
    assert world.clock.asked - asked <= 2


async def test_a_payment_of_nobody_here_is_counted(world: World) -> None:
    """Other traffic of the same account."""
    assert await heeded(world, world.land("OTHER-1")) == "order_unknown"
    assert world.record("OTHER-1").fields == {}


async def test_too_many_hints_at_once_are_dropped(world: World) -> None:
    """They take no slots from payments: all but a few are counted and forgotten."""
    witness = Witness()
    hints = hints_of(world, witness)
    await asyncio.gather(*(hints.heed(NOBODYS) for _ in range(HINTS_MAX + 5)))
    assert sorted(witness.hints) == ["dropped"] * 5 + ["payment_unknown"] * HINTS_MAX


async def test_an_order_that_goes_on_for_another_is_settled_by_a_hint(world: World) -> None:
    """The payment carries its name, and not that of the order that waits for it."""
    world.accept(backup={**CARD, "pan": "5555555555554444"})
    rules = [{"fault": "declined", "order_id": ORDER, "error": "3001: Insufficient funds"},
             {"fault": "charge_then_reset", "order_id": f"{ORDER}-a2"}]  # fmt: skip
    world.gateway.account.install([Rule(times=1, **rule) for rule in rules])  # type: ignore[arg-type]
    await hire(world, "first").take()
    assert (world.record().state, world.record(f"{ORDER}-a2").state) == (states.PENDING, states.UNKNOWN)
    (payment,) = world.gateway.account.book.of_order(f"{ORDER}-a2")
    assert await heeded(world, paid(world)) == "other"
    assert await heeded(world, payment.id) == "looked"
    assert world.record(f"{ORDER}-a2").state == states.APPROVED
