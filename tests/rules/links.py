"""R5, R12 and R13 once more, for what is paid on a link: days after the intent, by a payment without an order_id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.runtime.ledger import calls, keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import DUE, ORDER, World, a_world


async def a_link_is_paid_as_it_is_deleted(ground: Ground) -> frozenset[Harm]:
    """It was made long ago and is deleted now; a payment that was begun just before is listed a moment later."""
    async with _an_open_link(ground) as world:
        duties = Duties(world)
        world.later()
        await duties.scan(3)
        world.ledger.run(calls.withdraw(ORDER, link=True))
        for _ in range(2):  # that it is over is seen by one look, and used by another
            world.ledger.read("ZADD", DUE, 0, ORDER)
            await duties.sweep()
        _pay(world)
        await duties.recover()
        return world.harm()


async def a_link_is_paid_twice(ground: Ground) -> frozenset[Harm]:
    """The order was approved by the first payment, and another one on the same link turns up."""
    async with _an_open_link(ground) as world:
        duties = Duties(world)
        _pay(world)
        await duties.scan()
        await duties.sweep()
        assert world.record().state == states.APPROVED
        _pay(world, nth=2)
        await duties.scan()
        return frozenset() if world.ledger.read("XLEN", keys.ALARMS) else frozenset({Harm.HIDDEN})


async def a_hint_names_a_payment_on_another_link(ground: Ground) -> frozenset[Harm]:
    """Of the same amount, and approved."""
    async with _an_open_link(ground) as world:
        payment_id = _pay(world, token=token_of("LINK-2"))
        world.ledger.read("HSET", keys.seen(ORDER), payment_id, f"approved 10.00 EUR 1111 {world.now_ms()}")
        world.ledger.read("ZADD", DUE, 0, ORDER)
        await Duties(world).sweep()
        return world.harm()


@asynccontextmanager
async def _an_open_link(ground: Ground) -> AsyncIterator[World]:
    """Its address was told, and nobody has paid yet."""
    async with a_world(ground) as world:
        world.accept_link()
        await hire(world, "first").take()
        assert world.record().state == states.PENDING
        yield world


def _pay(world: World, *, token: str = "", nth: int = 1) -> str:
    """The gateway charges somebody who was on the link's page; the payment's id."""
    return world.land("", nth=nth, description=f"Invoice 77 {token or token_of(ORDER)}")


_LINKING = "workers/resolver/linking.py"

MUTANTS = (
    mutant(
        "R5",
        "a_link_is_over_with_its_intent",
        "That nobody paid a link is proven from its intent on, not from when it was seen to be over.",
        a_link_is_paid_as_it_is_deleted,
        Harm.GHOST,
        ("workers/resolver/verdict.py", "return max(self.intent_at_ms, self.ends_at_ms)", "return self.intent_at_ms"),
    ),
    mutant(
        "R12",
        "any_payment_on_a_link_will_do",
        "The payment that the gateway shows need not carry this order's token.",
        a_hint_names_a_payment_on_another_link,
        Harm.FALSEPAY,
        (_LINKING, " and carries(record.ref, payment.description)", ""),
    ),
    mutant(
        "R13",
        "a_paid_link_is_forgotten",
        "Payments on a link are led to its order only while that is open.",
        a_link_is_paid_twice,
        Harm.HIDDEN,
        (
            "producers/runtime/ledger/lua/sight.lua",
            "redis.call('HMGET', order_key(linked), 'state', 'payment_id') end",
            "redis.call('HMGET', order_key(linked), 'state', 'payment_id')"
            " if not is_open(known[1]) then known = {} end end",
        ),
    ),
)
