"""R1 and R7: what may leave, and what may be told, only once no failover can take it back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from producers.contract import states
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.pair import a_pair
from tests.rules.world import a_world
from workers.payments import observer as steps
from workers.publisher import Publisher


async def the_primary_dies_after_an_intent(ground: Ground) -> frozenset[Harm]:
    """The replica is cut off as a worker asks for its intent; then it becomes the primary."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.accept()
            pair.catch_up()
            pair.link.stall()
            await hire(world, "first", ledger=world.executor(replicas=1)).take()
            pair.fail_over(world)
            await hire(world, "second").take()
            await Duties(world).recover()
            return world.harm()


async def the_primary_dies_after_an_outcome(ground: Ground) -> frozenset[Harm]:
    """An order is closed as poison on a primary whose replica is cut off, and begun anew on the replica."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.ledger.read("SET", keys.REPLICATED, 1)
            world.accept()
            pair.catch_up()
            pair.link.stall()
            await _wear_out(world)
            with suppress(LedgerUnavailable):
                await Publisher(world.executor(replicas=1)).publish()
            world.listen()
            pair.fail_over(world)
            await Duties(world).recover()
            await Publisher(world.executor()).publish()
            return world.harm()


async def an_outcome_is_found_twice(ground: Ground) -> frozenset[Harm]:
    """A failover that nobody has configured undoes an outcome already told; the resolver finds it once more."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.accept()
            first = hire(world, "first")
            first.witness.at[steps.INTENDED] = lambda: (pair.catch_up(), pair.link.stall())
            await first.take()
            world.listen()
            pair.fail_over(world)
            await Duties(world).recover()
            return world.harm()


async def a_worker_dies_after_its_outcome(ground: Ground) -> frozenset[Harm]:
    """The process ends in the moment in which the ledger has confirmed the outcome."""
    async with a_world(ground) as world:
        world.accept()
        first = hire(world, "first")
        first.witness.on_move = lambda: first.tasks[0].cancel()
        first.begin()
        await first.finished()
        assert world.record().state == states.APPROVED
        await Duties(world).recover()
        return world.harm()
