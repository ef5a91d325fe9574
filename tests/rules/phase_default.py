"""Two phases as the account takes charges: nobody asked for them, so the intent says so to all who come after."""

from __future__ import annotations

from tests.rules.changing import Change
from tests.rules.crew import Duties
from tests.rules.mutants import Ground
from tests.rules.phases import HoldHarm, PhaseMutant, Story, _harm, _hire, _let_strays_go, _Overtaken
from tests.rules.world import a_world


async def a_hold_of_the_accounts_mode_is_not_heard_of(ground: Ground) -> frozenset[HoldHarm]:
    """The account holds first, nobody asked for it, and the answer to the authorisation is lost."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("charge_then_reset")
        duties = Duties(world)
        first = _hire(world, "first", duties)
        first.lane.holds_first = True
        await first.take()
        world.later()
        await duties.sweep()
        await duties.scan()
        await duties.resolver.round()
        world.later()
        # Whoever comes next need not know how the account takes charges.
        await _hire(world, "second", duties).take()
        # An order without an outcome leaves its hold too: that is the same harm once more.
        return _harm(world) - {HoldHarm.LEFT}


async def a_hold_of_the_accounts_mode_is_doubled(ground: Ground) -> frozenset[HoldHarm]:
    """Likewise, and a proxy delivers the authorisation twice; the list shows both before one is chosen."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("delivered_twice")
        duties = Duties(world)
        first = _hire(world, "first", duties, ledger=_Overtaken(world.executor(), lambda: duties.scan()))
        first.lane.holds_first = True
        await first.take()
        await _let_strays_go(world)
        return _harm(world)


MUTANTS = (
    PhaseMutant(
        "the_mode_is_not_written",
        "The account's mode is known to the worker that sends, and to nobody after it.",
        a_hold_of_the_accounts_mode_is_not_heard_of,
        HoldHarm.LOST,
        (
            Change(
                "producers/runtime/ledger/lua/intent.lua",
                "if r.lane == '' and ARGV[8] ~= '' then change(r, 'held_first', ARGV[8]) end",
                "",
            ),
        ),
    ),
    PhaseMutant(
        "the_mode_is_not_loaded",
        "Scripts ask what the owner asked for, and not how the account takes charges.",
        a_hold_of_the_accounts_mode_is_doubled,
        HoldHarm.LEFT,
        (
            Change(
                "producers/runtime/ledger/lua/prelude.lua",
                "if r.held_first ~= '' then r.two_phase = r.held_first end",
                "",
            ),
        ),
    ),
)
STORIES: tuple[Story, ...] = tuple(dict.fromkeys(each.story for each in MUTANTS))
