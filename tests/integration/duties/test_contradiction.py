"""What the gateway's list contradicts: a decline lets nothing go on, and a second payment is called what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, World, a_world


@pytest.fixture
async def world(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[World]:
    """With an order that the gateway is still processing, and whose customer may be sent to a link."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept(needs_customer="link", description="Invoice 77")
        world.fault("processing", delay_ms=60_000)
        await hire(world, "first").take()
        assert world.record().state == states.PENDING
        yield world


async def test_a_pending_order_whose_decline_is_contradicted_is_found_approved(world: World) -> None:
    """Its own payment is declined in the end, and the list shows another one: a human is called, and it is adopted."""
    duties = Duties(world)
    paid = world.land(nth=7)
    await duties.scan()
    declined(world)
    await duties.resolver.follow_up(world.record())
    record = world.record()
    assert (record.state, record.text("reason"), record.successor) == (states.PARKED, "declined_and_approved", "")
    await duties.resolver.round()
    assert (world.record().state, world.record().text("payment_id")) == (states.APPROVED, paid)
    assert not world.ledger.read("EXISTS", keys.order(f"{ORDER}-a2"))


async def test_a_pending_order_that_is_declined_goes_on(world: World) -> None:
    """Nothing contradicts it: the resolver takes the turn."""
    declined(world)
    await Duties(world).resolver.follow_up(world.record())
    record = world.record()
    assert (record.state, record.text("reason"), record.successor) == (
        states.PENDING, "needs_customer", f"{ORDER}-a2",
    )  # fmt: skip


@pytest.mark.parametrize(("fault", "state"), [("", states.APPROVED), ("http_500_before", states.NOT_CHARGED)])
async def test_what_is_paid_twice_is_not_called_late(
    valkey: EmbeddedValkey, tmp_path: Path, fault: str, state: str
) -> None:
    """Another payment of an order that is paid is one to give back; of one that was to cost nothing, perhaps not."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        if fault:
            world.fault(fault)
        await hire(world, "first").take()
        duties = Duties(world)
        if fault:
            await duties.recover()
        assert world.record().state == state
        world.land(nth=7)
        await duties.scan()
        told = duties.witness
        expected = ([ORDER], []) if state == states.APPROVED else ([], [ORDER])
        assert (told.doubled, told.late) == expected


def declined(world: World) -> None:
    """The bank has said no to what it was processing."""
    book, pending = world.gateway.account.book, world.record().text("payment_id")
    payment = next(payment for payment in book.of_order(ORDER) if payment.id == pending)
    book.put(replace(payment, status="declined", error="3014: SCA Required"))
