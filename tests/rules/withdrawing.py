"""R2 once more, for orders that are called back: whoever is told that nothing was sent may rely on it."""

from __future__ import annotations

from producers.runtime.ledger import calls
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import ORDER, a_world
from workers.payments import observer as steps


async def an_order_is_called_back_as_it_is_taken(ground: Ground) -> frozenset[Harm]:
    """A worker has it in its hands."""
    async with a_world(ground) as world:
        world.accept()
        hand = hire(world, "first")
        hand.witness.at[steps.CLAIMED] = lambda: world.ledger.run(calls.withdraw(ORDER))
        await hand.take()
        await Duties(world).recover()
        return world.harm()


async def an_order_is_called_back_before_it_is_taken(ground: Ground) -> frozenset[Harm]:
    """Nobody has it in hand."""
    async with a_world(ground) as world:
        world.accept()
        world.ledger.run(calls.withdraw(ORDER))
        await hire(world, "second").take()
        await Duties(world).recover()
        return world.harm()


_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R2",
        "called_back_and_promised",
        "Whether an order was called back is looked at when it is taken, and not when it is promised.",
        an_order_is_called_back_as_it_is_taken,
        Harm.CALLED_BACK,
        (f"{_LUA}/intent.lua", "local halt = halted(r)", "local halt = nil"),
    ),
    mutant(
        "R2",
        "calling_back_is_forgotten",
        "Calling an order back leaves nothing behind.",
        an_order_is_called_back_before_it_is_taken,
        Harm.CALLED_BACK,
        (f"{_LUA}/prelude.lua", "if r.withdrawn_at ~= '' then return 'withdrawn' end", ""),
    ),
)
