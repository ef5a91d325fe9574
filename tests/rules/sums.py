"""R14: what follows a payment is sent one after the other, each behind exactly what is known of it.

The gateway here does not guard its own sums: nobody has published that the real one does.
"""

from __future__ import annotations

import asyncio
from typing import Any

from producers.contract.follow_ups import token_of
from producers.contract.names import REFUND
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from tests.rules.crew import Duties, hire
from tests.rules.following import ONE, PAID, unheard
from tests.rules.landed import make
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import a_world

#: A second order that follows the payment.
OTHER = "RET-2"


async def a_refund_comes_behind_an_unknown_one(ground: Ground) -> frozenset[Harm]:
    """What became of the first refund nobody knows, a second one is due, and then the first one lands."""
    async with a_world(ground, sums_guarded=False) as world:
        payment = world.land(PAID)
        await unheard(world, payment, "reset_before", amount="6.00")
        world.follow(REFUND, OTHER, payment, "6.00")
        await hire(world, "second").take(OTHER)
        make(world.gateway.account, REFUND, payment, token_of(ONE), amount="6.00")
        await Duties(world).recover()
        return world.harm()


async def two_refunds_are_looked_into_at_once(ground: Ground) -> frozenset[Harm]:
    """Both see the whole payment; the first one is through before the second makes its promise."""
    async with a_world(ground, sums_guarded=False) as world:
        payment = world.land(PAID)
        world.follow(REFUND, ONE, payment, "6.00")
        world.follow(REFUND, OTHER, payment, "6.00")
        slow = _HeldUp(world.executor(), "intent")
        second = hire(world, "second", ledger=slow)
        second.begin(OTHER)
        await slow.asked.wait()
        await hire(world, "first").take(ONE)
        slow.go_on.set()
        await second.finished()
        await Duties(world).recover()
        return world.harm()


async def refunds_come_one_after_the_other(ground: Ground) -> frozenset[Harm]:
    """Each is less than the payment, both are more."""
    async with a_world(ground, sums_guarded=False) as world:
        payment = world.land(PAID)
        for order_id in (ONE, OTHER):
            world.follow(REFUND, order_id, payment, "6.00")
            await hire(world, "worker").take(order_id)
        await Duties(world).recover()
        return world.harm()


async def a_refund_is_still_under_way(ground: Ground) -> frozenset[Harm]:
    """Somebody has given 6.00 back by hand, and the bank is still at it."""
    async with a_world(ground, sums_guarded=False) as world:
        payment = world.land(PAID)
        make(world.gateway.account, REFUND, payment, "by hand", amount="6.00", status="processing")
        world.follow(REFUND, ONE, payment, "6.00")
        await Duties(world).recover()
        return world.harm()


async def the_list_does_not_show_the_refund_before(ground: Ground) -> frozenset[Harm]:
    """It was approved, and the gateway's list is late."""
    async with a_world(ground, sums_guarded=False) as world:
        payment = world.land(PAID)
        world.follow(REFUND, ONE, payment, "6.00")
        await hire(world, "first").take(ONE)
        world.fault("list_missing_row", order_id=None, operation=REFUND, times=10)
        world.follow(REFUND, OTHER, payment, "6.00")
        await hire(world, "second").take(OTHER)
        await Duties(world).recover()
        return world.harm()


async def two_refunds_fit(ground: Ground) -> frozenset[Harm]:
    """The second one's turn comes when the first one has ended."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        for order_id in (ONE, OTHER):
            world.follow(REFUND, order_id, payment)
            await hire(world, "worker").take(order_id)
        await Duties(world).recover()
        return world.harm()


class _HeldUp:
    """The ledger of a worker that comes too late: its calls of that script wait."""

    def __init__(self, ledger: Executor, script: str) -> None:
        self._ledger = ledger
        self._script = script
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == self._script:
            self.asked.set()
            await self.go_on.wait()
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


_LUA = "producers/runtime/ledger/lua"
_CHECK = "workers/payments/follow_ups.py"

MUTANTS = (
    mutant(
        "R14",
        "what_is_open_is_overlooked",
        "A refund is sent while another of the same payment is unknown.",
        a_refund_comes_behind_an_unknown_one,
        Harm.OVER,
        (_CHECK, "    if is_open:\n", "    if not known:\n"),
        (f"{_LUA}/intent.lua", "if known[1] or tonumber", "if tonumber"),
    ),
    mutant(
        "R14",
        "unknown_lets_the_next_one_go",
        "A payment is free for the next refund as soon as nobody sends any more.",
        a_refund_comes_behind_an_unknown_one,
        Harm.OVER,
        (f"{_LUA}/prelude.lua", "if (to == 'accepted' or not is_open(to)) and", "if"),
    ),
    mutant(
        "R14",
        "what_was_sent_since_is_overlooked",
        "A refund is promised by what was known when its payment was looked into, whatever was sent since.",
        two_refunds_are_looked_into_at_once,
        Harm.OVER,
        (
            f"{_LUA}/intent.lua",
            "if known[1] or tonumber(known[2] or '0') ~= tonumber(ARGV[7]) then",
            "if known[1] then",
        ),
    ),
    mutant(
        "R14",
        "more_than_is_left_is_sent",
        "Refunds are sent whatever was given back before.",
        refunds_come_one_after_the_other,
        Harm.OVER,
        (
            _CHECK,
            "followed.returned_minor + amount.minor > followed.settled_minor",
            "amount.minor > followed.settled_minor",
        ),
    ),
    mutant(
        "R14",
        "what_is_under_way_is_overlooked",
        "A refund that the bank is still at does not count.",
        a_refund_is_still_under_way,
        Harm.OVER,
        (_CHECK, "for each in items if each.status in TAKEN)", "for each in items if each.status == TAKEN[0])"),
    ),
    mutant(
        "R14",
        "the_list_knows_it_all",
        "What the gateway's list does not show was not given back.",
        the_list_does_not_show_the_refund_before,
        Harm.OVER,
        (_CHECK, "max(_sum(self.refunds), self.made.refunds or 0)", "_sum(self.refunds)"),
    ),
    mutant(
        "R14",
        "the_payment_is_never_free_again",
        "What has ended stays open at its payment.",
        two_refunds_fit,
        Harm.LOST,
        (f"{_LUA}/prelude.lua", "if (to == 'accepted' or not is_open(to)) and", "if to == 'accepted' and"),
    ),
)
