"""R1 and R7: what may leave, and what may be told, only once no failover can take it back."""

from __future__ import annotations

from contextlib import suppress

from producers.contract import states
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire, killed, wear_out
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.pair import a_pair
from tests.rules.world import a_world
from workers.duties.publisher import Publisher
from workers.payments import observer as steps


async def the_primary_dies_after_an_intent(ground: Ground) -> frozenset[Harm]:
    """The replica is cut off as a worker asks for its intent; then it becomes the primary."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.accept()
            pair.cut_off()
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
            pair.cut_off()
            await wear_out(world, 5)
            await hire(world, "last").take()
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
            first.witness.at[steps.INTENDED] = pair.cut_off
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
        first.witness.on_move = killed
        first.begin()
        await first.finished()
        assert world.record().state == states.APPROVED
        await Duties(world).recover()
        return world.harm()


_CHARGE = "workers/payments/charge.py"
_EXECUTORS = "producers/runtime/ledger/executors.py"
_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R1",
        "intent_does_not_wait",
        "The intent is believed as soon as the primary has it.",
        the_primary_dies_after_an_intent,
        Harm.DOUBLE,
        (
            "producers/runtime/ledger/calls.py",
            'Call("intent", args, decode, durable=True)',
            'Call("intent", args, decode)',
        ),
    ),
    mutant(
        "R1",
        "fewer_replicas_will_do",
        "Nobody looks how many replicas have confirmed the intent.",
        the_primary_dies_after_an_intent,
        Harm.DOUBLE,
        (
            _EXECUTORS,
            "if _too_few(confirmed, self._replicas):",
            "if isinstance(confirmed, Exception):",
        ),
    ),
    mutant(
        "R7",
        "events_are_told_at_once",
        "Readers hear of a transition before the replicas have it.",
        the_primary_dies_after_an_outcome,
        Harm.MULTI,
        (
            f"{_LUA}/telling.lua",
            "redis.call('EXISTS', NS .. ':replicated') == 1 and OUTBOX or EVENTS",
            "EVENTS",
        ),
    ),
    mutant(
        "R7",
        "nothing_is_written_behind_them",
        "The publisher lets events out without a confirmed write behind them.",
        the_primary_dies_after_an_outcome,
        Harm.MULTI,
        ("workers/duties/publisher.py", "await self._ledger.run(calls.fence())", "calls.fence()"),
    ),
    mutant(
        "R7",
        "event_ids_are_random",
        "The same outcome found again is told under another id.",
        an_outcome_is_found_twice,
        Harm.MULTI,
        (
            "workers/payments/endings.py",
            "event_id=event_id(record.ref, to),",
            "event_id=f'{event_id(record.ref, to)}:{time.monotonic_ns()}',",
        ),
    ),
    mutant(
        "R7",
        "events_come_second",
        "The worker appends the event after the transition, in a command of its own.",
        a_worker_dies_after_its_outcome,
        Harm.LOST,
        (f"{_LUA}/settle.lua", "emit(r, ARGV[6], ARGV[7])", ""),
        (
            "workers/payments/recording.py",
            "self._observer.moved(before, state)",
            "self._observer.moved(before, state); await self._ledger.read('XADD', 'pay:events', '*', *call.args)",
        ),
    ),
)
