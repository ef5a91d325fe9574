"""A two-phase order that a human was called for, and what shows up under its hold afterwards."""

from __future__ import annotations

from cardinity_client import CardinityClient, CreateSettlement
from cardinity_client.money import Money
from producers.contract import states
from producers.contract.follow_ups import token_of
from tests.rules.changing import Change
from tests.rules.crew import Duties
from tests.rules.mutants import Ground
from tests.rules.phases import HoldHarm, PhaseMutant, _harm, _hire
from tests.rules.world import ORDER, a_world
from workers.payments.endings import end


async def a_settlement_lands_when_its_order_is_parked(ground: Ground) -> frozenset[HoldHarm]:
    """What was asked for before the order was parked is settled after all."""
    async with a_world(ground) as world:
        world.accept(mode="two_phase")
        world.fault("reset_before", operation="settlement")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.ledger.run(end(world.record(), states.PARKED, "settlement_rejected", evidence="none"))
        async with CardinityClient(world.settings.client_settings()) as network:
            chosen = world.record().text("payment_id")
            await network.create_settlement(CreateSettlement(chosen, Money.parse("10.00", "EUR"), token_of(ORDER)))
        await duties.resolver.round()
        return _harm(world)


MUTANT = PhaseMutant(
    "parked_holds_are_not_looked_at",
    "What becomes of the hold of a parked order is not seen.",
    a_settlement_lands_when_its_order_is_parked,
    HoldHarm.LOST,
    (Change("workers/resolver/resolver.py", "isinstance(standing, Ask | Astray) else", "standing else"),),
)
