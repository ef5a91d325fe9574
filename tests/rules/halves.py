"""R5 and R7: Redis takes back nothing that a failed script has written, so what may fail comes before what rests on it.

What fails is the append to a stream whose ids somebody with a right to it has used up.
"""

from __future__ import annotations

from producers.contract import states
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import PATIENCE_S
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import World, a_world
from workers.payments import observer as steps

#: Behind it no other can come.
LAST_ID = f"{2**64 - 1}-{2**64 - 1}"


async def the_stream_takes_no_event(ground: Ground) -> frozenset[Harm]:
    """Its ids are used up while a worker waits for its answer; later an operator begins it anew."""
    async with a_world(ground) as world:
        world.accept()
        first = hire(world, "first")
        first.witness.at[steps.ANSWERED] = lambda: _use_up(world, keys.EVENTS)
        await first.take()
        world.ledger.read("DEL", keys.EVENTS)
        await Duties(world).recover()
        return world.harm()


async def the_stream_takes_no_alarm(ground: Ground) -> frozenset[Harm]:
    """The list shows a second payment of another order, which is an alarm, and below it the charge whose answer was
    lost.
    """
    async with a_world(ground) as world:
        world.accept("OTHER-1")
        await hire(world, "first").take("OTHER-1")
        world.order_ids.clear()  # what becomes of that one is another story
        world.accept()
        world.fault("charge_then_reset")
        await hire(world, "second").take()
        assert world.record().state == states.UNKNOWN
        world.land("OTHER-1", nth=2)
        _use_up(world, keys.ALARMS)
        world.later()
        duties = Duties(world, clean_scans=1)
        await duties.scan(blind_s=PATIENCE_S + 0.5)
        await duties.resolver.round()
        world.ledger.read("DEL", keys.ALARMS)
        await duties.recover()
        return world.harm()


def _use_up(world: World, stream: str) -> None:
    world.ledger.read("XADD", stream, LAST_ID, "by", "hand")


_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R5",
        "a_page_counts_before_it_is_kept",
        "The journal says how far the list was read before the rows of it are kept.",
        the_stream_takes_no_alarm,
        Harm.GHOST,
        (
            f"{_LUA}/sight.lua",
            "local at, ours, alarms, doubled",
            "redis.call('HSET', coverage, 'tag', ARGV[4], 'journal', ARGV[5]) local at, ours, alarms, doubled",
        ),
    ),
    mutant(
        "R7",
        "it_is_told_once_it_has_happened",
        "A script writes the transition, and then tells of it.",
        the_stream_takes_no_event,
        Harm.LOST,
        (
            f"{_LUA}/settle.lua",
            "emit(r, ARGV[6], ARGV[7])\nmove(r, to, at, ARGV[8])\ndrop_holder(r)\nsave(r)\n",
            "move(r, to, at, ARGV[8])\ndrop_holder(r)\nsave(r)\nemit(r, ARGV[6], ARGV[7])\n",
        ),
    ),
)
