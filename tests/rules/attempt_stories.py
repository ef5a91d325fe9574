"""What may befall a renewal that two operators have sent once more, and what must not: as in `chain_stories`."""

from __future__ import annotations

from cardinity_client import CardinityClient
from producers.contract import states
from tests.rules.chain_stories import SECOND, SOFT, ChainHarm, to_the_end
from tests.rules.crew import Duties, Hand, hire, verdict_rules
from tests.rules.mutants import Ground
from tests.rules.world import World, a_world
from workers.operations import evidence, reattempting
from workers.operations.desk import Desk
from workers.payments.endings import end

OPERATORS = (("ona@one", reattempting.propose), ("jonas@two", reattempting.confirm))


async def the_first_attempt_lands_before_the_other_is_sent(ground: Ground) -> frozenset[ChainHarm]:
    """Both humans were wrong, and the list shows it while there is time."""
    async with a_world(ground) as world:
        hand = await _ordered(world)
        world.land(nth=7)
        await Duties(world).scan()
        await hand.take(SECOND)
        return await to_the_end(world)


async def the_first_attempt_lands_beside_a_decline(ground: Ground) -> frozenset[ChainHarm]:
    """The other is declined, and before anybody has looked at the first again the list shows a payment of it."""
    async with a_world(ground) as world:
        hand = await _ordered(world)
        world.fault("declined", error=SOFT, order_id=SECOND)
        await hand.take(SECOND)
        assert world.record(SECOND).state == states.DECLINED
        world.land(nth=7)
        await Duties(world).scan()
        return await to_the_end(world)


async def _ordered(world: World) -> Hand:
    """Nobody knows what became of a renewal's request, and two operators have it sent once more; who may send it."""
    world.accept(payment_id=world.land("PAID-1"))
    world.fault("http_500_before")
    hand = hire(world, "first")
    await hand.take()
    assert world.record().state == states.UNKNOWN
    world.later()
    world.ledger.run(end(world.record(), states.PARKED, "absence_is_not_proof_here"))
    async with CardinityClient(world.settings.client_settings()) as gateway:
        for by, deed in OPERATORS:
            desk = Desk(world.ledger, world.redis, world.redis, lambda *_, **__: None, by)
            found = await evidence.shown(evidence.known(desk, world.record().order_id), gateway)
            deed(desk, found, "the back office shows nothing", verdict_rules(world))
    assert world.record(SECOND).state == states.ACCEPTED
    return hand
