"""R4 and R5: what may be said of an order whose outcome is unknown, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from producers.contract import states
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from tests.rules.crew import ACCOUNT, Duties, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.pair import a_pair
from tests.rules.world import ORDER, PAGE, World, a_world


async def a_charge_lands_at_the_last_moment(ground: Ground) -> frozenset[Harm]:
    """The latest read began one millisecond before H after the intent; the charge lands one after it."""
    async with _an_unknown_order(ground) as world:
        duties = Duties(world, clean_scans=1)
        await duties.scan()
        world.intended_at(duties.clean_scan_ms() - duties.horizon_ms + 1)
        await duties.resolver.round()
        world.land()
        await duties.recover()
        return world.harm()


async def a_charge_lands_during_a_read(ground: Ground) -> frozenset[Harm]:
    """H passes and the charge lands after the gateway made up its list, and before that list is here."""
    async with _an_unknown_order(ground, latency_s=0.2) as world:
        duties = Duties(world, clean_scans=1)
        requests = world.clock.asked
        reading = asyncio.create_task(duties.scan())
        await world.until(lambda: world.clock.asked > requests, "the gateway makes up its list")
        world.land()
        world.intended_at(world.now_ms() - duties.horizon_ms)
        await reading
        await duties.resolver.round()
        await duties.recover()
        return world.harm()


async def a_charge_slips_past_the_mirror(ground: Ground) -> frozenset[Harm]:
    """More payments than a page shows come between two reads, and ours is the first of them."""
    async with _an_unknown_order(ground) as world:
        duties = Duties(world)
        world.land("OTHER-0")
        await duties.scan()
        world.land()
        for number in range(PAGE):
            world.land(f"OTHER-{number}", nth=2)
        world.later()
        await duties.scan(3)
        await duties.resolver.round()
        return world.harm()


async def a_list_leaves_out_a_row(ground: Ground) -> frozenset[Harm]:
    """The charge stands, H is over, and two reads of the list in a row do not show it."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("charge_then_reset")
        await hire(world, "first").take()
        world.fault("list_missing_row", times=2)
        world.later()
        duties = Duties(world)
        for _ in range(3):
            await duties.scan()
            await duties.resolver.round()
        return world.harm()


async def a_row_cannot_be_read(ground: Ground) -> frozenset[Harm]:
    """Our charge is in the list, in a row that makes no sense; later it is pushed out of the page."""
    async with _an_unknown_order(ground) as world:
        duties = Duties(world)
        await duties.scan()
        world.land(created="yesterday")
        world.later()
        await duties.scan(3)
        await duties.resolver.round()
        for number in range(PAGE):
            world.land(f"OTHER-{number}")
        await duties.scan(3)
        await duties.resolver.round()
        return world.harm()


async def a_verdict_arrives_after_a_failover(ground: Ground) -> frozenset[Harm]:
    """Absence is proven for an attempt; a failover later its holder gives back, and another attempt charges."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.accept()
            holder = hire(world, "holder")
            token = await _intend(world.executor(replicas=1))
            pair.link.stall()
            world.later()
            slow = _FailingOver(world.executor(), world)
            duties = Duties(world, ledger=slow)
            await _sweep_and_scan(Duties(world))
            judging = asyncio.create_task(duties.resolver.round())
            await slow.asked.wait()
            pair.fail_over(world)
            world.ledger.run(calls.release(ORDER, token, delay_ms=0, detail="connect_failed"))
            world.fault("charge_then_reset")
            await hire(world, "other").take()
            slow.moved.set()
            await judging
            await holder.die()
            await Duties(world).recover()
            return world.harm()


async def a_failover_falls_between_journal_and_sightings(ground: Ground) -> frozenset[Harm]:
    """The charge was seen and the journal says how far; then a failover undoes both, and only the journal was read."""
    async with _an_unknown_order(ground) as world:
        world.land()
        world.later()
        await Duties(world).scan(3)
        forgetful = _Forgetting(world.executor(), world)
        await Duties(world, ledger=forgetful).resolver.round()
        await Duties(world).recover()
        return world.harm()


class _Forgetting:
    """The ledger of a resolver: once its journal was told, it goes back to before the list was read."""

    def __init__(self, ledger: Executor, world: World) -> None:
        self._ledger = ledger
        self._world = world

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        reply = await self._ledger.read(*command)
        if command == ("HGET", keys.coverage(ACCOUNT), "journal"):
            self._world.ledger.read("DEL", keys.coverage(ACCOUNT), keys.seen(ORDER))
        return reply


class _FailingOver:
    """The ledger of a resolver that has read from the old primary; its write is repeated until the new one takes it."""

    def __init__(self, before: Executor, world: World) -> None:
        self._before = before
        self._world = world
        self.asked = asyncio.Event()
        self.moved = asyncio.Event()

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "evidence":
            return await self._before.run(call, patience_s=patience_s)
        self.asked.set()
        await self.moved.wait()
        return await self._world.executor().run(call, patience_s=patience_s)

    async def read(self, *command: object) -> object:
        return await self._before.read(*command)


async def _intend(ledger: Executor) -> str:
    token = "a" * 32
    await ledger.run(calls.claim(ORDER, token, "holder", lease_ms=60_000, claims_max=5, presence_ms=60_000))
    await ledger.run(calls.intent(ORDER, token, window_ms=1500, account="default"))
    return token


async def _sweep_and_scan(duties: Duties) -> None:
    await duties.sweep()
    await duties.scan(3)


@asynccontextmanager
async def _an_unknown_order(ground: Ground, *, latency_s: float = 0.0) -> AsyncIterator[World]:
    """The gateway got the request, has not acted on it yet, and nobody waits for it any more."""
    async with a_world(ground, latency_s=latency_s) as world:
        world.accept()
        world.fault("reset_before")
        await hire(world, "first").take()
        assert world.record().state == states.UNKNOWN
        yield world


_VERDICT = "workers/resolver/verdict.py"
_JOURNAL = "workers/resolver/journal.py"

MUTANTS = (
    mutant(
        "R4",
        "verdict_ignores_the_token",
        "A verdict is recorded whichever attempt its evidence was gathered about.",
        a_verdict_arrives_after_a_failover,
        Harm.GHOST,
        (
            "producers/runtime/ledger/lua/settle.lua",
            "if r.token ~= token then return refused() end",
            "",
        ),
    ),
    mutant(
        "R5",
        "horizon_one_ms_short",
        "A read that began one millisecond before H proves absence.",
        a_charge_lands_at_the_last_moment,
        Harm.GHOST,
        (
            _VERDICT,
            "due_ms = attempt.last_ms + rules.horizon_ms",
            "due_ms = attempt.last_ms + rules.horizon_ms - 1",
        ),
    ),
    mutant(
        "R5",
        "reads_count_from_their_end",
        "A read counts from when its answer came, not from when it began.",
        a_charge_lands_during_a_read,
        Harm.GHOST,
        (
            "workers/resolver/mirror.py",
            "await self._sight(started_ms, page)",
            "await self._sight(int(__import__('time').time() * 1000), page)",
        ),
    ),
    mutant(
        "R5",
        "one_read_is_enough",
        "A single read that shows nothing proves absence.",
        a_list_leaves_out_a_row,
        Harm.GHOST,
        (_VERDICT, "journal.clean_since(due_ms, rules.clean_scans)", "journal.clean_since(due_ms, 1)"),
    ),
    mutant(
        "R5",
        "holes_are_overlooked",
        "Absence is proven across a stretch of time that nobody looked at.",
        a_charge_slips_past_the_mirror,
        Harm.GHOST,
        (_VERDICT, "if not journal.covers(from_ms, scans[-1]):", "if not scans:"),
    ),
    mutant(
        "R5",
        "pages_need_not_overlap",
        "Two pages that share no payment count as if nothing could lie between them.",
        a_charge_slips_past_the_mirror,
        Harm.GHOST,
        (_JOURNAL, "if journal.stretches and _connects(journal, page):", "if journal.stretches:"),
    ),
    mutant(
        "R5",
        "journal_and_sightings_of_two_ledgers",
        "Absence is proven from a journal of before a failover and sightings of after it.",
        a_failover_falls_between_journal_and_sightings,
        Harm.GHOST,
        (
            "workers/resolver/resolver.py",
            "if isinstance(verdict, Absent) and record.state == states.UNKNOWN:",
            "if not order_id:",
        ),
    ),
    mutant(
        "R5",
        "unread_rows_are_overlooked",
        "A page with a row that could not be read counts as a clean one.",
        a_row_cannot_be_read,
        Harm.GHOST,
        (_JOURNAL, "if not page.clean:", "if not page.started_ms:"),
    ),
)
