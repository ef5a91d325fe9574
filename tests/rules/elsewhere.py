"""R2 where there are two merchant accounts: what may have left for one of them never leaves for the other."""

from __future__ import annotations

from cardinity_client import CardinityClient
from cardinity_client.sandbox.serving import running
from cardinity_client.sandbox.settings import SandboxSettings
from producers.runtime.ledger import calls
from producers.runtime.settings import Settings
from producers.vault import load_opening_keys, load_producers
from tests.rules.crew import ACCOUNT, CREDITS, RULES, Duties, Hand, hire, verdict_rules
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import World, a_world
from workers.payments.charge import Charger
from workers.payments.checks import Checks
from workers.payments.lane import Lane
from workers.payments.spool import Spool

#: The account that stands by.
SECOND = "second"


async def an_answer_is_lost_while_another_account_stands_by(ground: Ground) -> frozenset[Harm]:
    """The gateway charges and the connection breaks; the other account would take the order at once."""
    async with a_world(ground) as world:
        second = await _second_gateway(world)
        world.accept()
        world.fault("charge_then_reset")
        await _hire(world, "first", second).take()
        world.later()
        await _hire(world, "next", second).take()
        await Duties(world).recover()
        return world.harm()


async def the_account_of_a_first_payment_sends_nothing(ground: Ground) -> frozenset[Harm]:
    """A card is to be charged again by its first payment, whose account rests; the other one does not know it."""
    async with a_world(ground) as world:
        second = await _second_gateway(world)
        world.accept(payment_id=world.land("PAID-1"))
        hand = _hire(world, "first", second)
        hand.lane.pause("rate_limited", for_s=30.0)
        await hand.take()
        hand.lane.pause("rate_limited", for_s=0.0)
        world.later()
        await hand.take()
        return world.harm()


async def _second_gateway(world: World) -> Settings:
    """Another merchant's gateway; how to reach it."""
    gateway = await world.exits.enter_async_context(running(SandboxSettings()))
    world.others.append(gateway)
    return Settings.from_environ({**world.env, "CARDINITY_BASE_URL": gateway.url})


def _hire(world: World, name: str, second: Settings) -> Hand:
    """A worker with both accounts; `hand.lane` is the first one's."""
    hand = hire(world, name)
    assert second.seal_private_keys_file is not None and second.producers_file is not None
    client = CardinityClient(second.client_settings(), hooks=hand.witness)
    world.exits.push_async_callback(client.aclose)
    ledger = world.executor()
    lane = Lane(
        SECOND, client, ledger, verdict_rules(world), breaker_wait_s=0.1, on_low_credits=lambda _: None, sharers=1
    )
    keys, producers = load_opening_keys(second.seal_private_keys_file), load_producers(second.producers_file)
    checks, spool = Checks(keys, producers, mode="test"), Spool(second.state_dir, name)
    hand.charger = Charger(name, ledger, {ACCOUNT: hand.lane, SECOND: lane}, checks, spool, RULES, hand.witness)
    world.ledger.run(calls.begin_scan(SECOND, CREDITS))
    return hand


MUTANTS = (
    mutant(
        "R2",
        "unknown_is_tried_elsewhere",
        "An order whose outcome is unknown goes to the next merchant account.",
        an_answer_is_lost_while_another_account_stands_by,
        Harm.DOUBLE,
        (
            "workers/payments/charge.py",
            "await self._book.conclude(record, end(record, states.UNKNOWN, reason, http_status=http_status), ends_at)",
            "await self._book.give_back(record, reason, 0.0, leaves=way.leaves)",
        ),
    ),
    mutant(
        "R2",
        "recurring_goes_by_rule",
        "A card that is charged again goes to another merchant account than that of its first payment.",
        the_account_of_a_first_payment_sends_nothing,
        Harm.STRAY,
        ("workers/payments/routing.py", "if bound or asked != ACCOUNT_DEFAULT:", "if asked != ACCOUNT_DEFAULT:"),
    ),
)
