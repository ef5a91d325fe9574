"""R12 and R13: what is only a hint decides nothing, and two charges are never kept quiet."""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import ORDER, World, a_world


async def a_hint_lies(ground: Ground) -> frozenset[Harm]:
    """Somebody who knows how says that a declined payment was approved, while the order is unknown."""
    async with a_world(ground) as world:
        world.accept(amount="160.00")
        world.fault("charge_then_reset")
        await hire(world, "first").take()
        (payment,) = world.gateway.account.book.of_order(ORDER)
        _hint(world, payment.id, "160.00")
        duties = Duties(world)
        await duties.resolver.round()
        await duties.recover()
        return world.harm()


async def a_hint_names_another_payment(ground: Ground) -> frozenset[Harm]:
    """The payment that is pointed out was approved, and is another order's."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("reset_before")
        await hire(world, "first").take()
        _hint(world, world.land("OTHER-1"), "10.00")
        duties = Duties(world)
        await duties.resolver.round()
        await duties.recover()
        return world.harm()


async def two_charges_are_there_before_the_outcome(ground: Ground) -> frozenset[Harm]:
    """While the order is unknown the gateway lists two approved payments for it."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("charge_then_reset")
        await hire(world, "first").take()
        world.land()
        await Duties(world).recover()
        return _silence(world)


async def a_second_charge_comes_after_the_outcome(ground: Ground) -> frozenset[Harm]:
    """The order was approved long ago, and another approved payment for it turns up."""
    async with a_world(ground) as world:
        world.accept()
        await hire(world, "first").take()
        world.land()
        await Duties(world).scan()
        return _silence(world)


def _hint(world: World, payment_id: str, amount: str) -> None:
    """As a door for webhooks would leave one; there are no rows but the mirror's so far."""
    row = f"approved {amount} EUR 1111 {world.now_ms()}"
    world.ledger.read("HSET", keys.seen(ORDER), payment_id, row)


def _silence(world: World) -> frozenset[Harm]:
    assert world.record().state == states.APPROVED
    return frozenset() if world.ledger.read("XLEN", keys.ALARMS) else frozenset({Harm.HIDDEN})


_RESOLVER = "workers/resolver/resolver.py"
_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R12",
        "hints_are_believed",
        "What a row says is recorded without asking the gateway for the payment.",
        a_hint_lies,
        Harm.FALSEPAY,
        (
            _RESOLVER,
            "                await self._adopt(record, payment_id, overdue=overdue)\n",
            "                await self._settle(record, end(record, states.APPROVED, payment_id))\n",
        ),
    ),
    mutant(
        "R12",
        "any_payment_will_do",
        "The payment that the gateway shows need not be this order's.",
        a_hint_names_another_payment,
        Harm.FALSEPAY,
        (_RESOLVER, "if not is_of(record, payment):", "if not payment.id:"),
    ),
    mutant(
        "R13",
        "one_charge_is_enough_to_see",
        "The outcome is recorded without a look at the other rows of the order.",
        two_charges_are_there_before_the_outcome,
        Harm.HIDDEN,
        (
            f"{_LUA}/settle.lua",
            "if string.sub(rows[i + 1], 1, 9) == 'approved ' and rows[i] ~= payment_id then",
            "if payment_id == rows then",
        ),
    ),
    mutant(
        "R13",
        "finished_means_finished",
        "Nobody looks at rows of orders that have an outcome.",
        a_second_charge_comes_after_the_outcome,
        Harm.HIDDEN,
        (
            f"{_LUA}/sight.lua",
            "elseif approved and known[2] ~= payment_id then",
            "elseif approved and not known[1] then",
        ),
    ),
)
