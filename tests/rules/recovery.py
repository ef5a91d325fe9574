"""R8 and R9: nothing is lost when a message, a worker or the broker is, and nothing is tried for ever."""

from __future__ import annotations

from contextlib import suppress

from producers.contract import states
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import calls
from tests.rules.crew import Duties, hire, wear_out
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.sending import a_worker_dies_while_it_sends
from tests.rules.world import ORDER, a_world

#: Far more workers than an order may wear out.
MANY = 8


async def a_message_is_lost(ground: Ground) -> frozenset[Harm]:
    """The order was accepted, and its wake-up call never reached the queue."""
    async with a_world(ground) as world:
        world.accept()
        await Duties(world).recover()
        return world.harm()


async def a_handler_hangs(ground: Ground) -> frozenset[Harm]:
    """A worker lives and gives signs of life, but what has claimed the order in it never goes on."""
    async with a_world(ground) as world:
        world.accept()
        world.ledger.run(calls.present("hanging"))
        call = calls.claim(ORDER, "a" * 32, "hanging", lease_ms=2000, claims_max=5, presence_ms=60_000)
        world.ledger.run(call)
        await Duties(world).recover()
        return world.harm()


async def the_broker_is_away(ground: Ground) -> frozenset[Harm]:
    """The queue's server is gone, orders keep coming in, and one is past its deadline at the gateway."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("charge_then_hang")
        first = hire(world, "first")
        first.begin()
        await world.until_posted()
        await first.stop_short()
        world.accept("ORD-2")
        duties = Duties(world, queue_url="redis://127.0.0.1:1/0")
        for _ in range(MANY):
            world.later()
            with suppress(LedgerUnavailable):
                await duties.sweep()
        stuck = world.record().state == states.SENDING
        await Duties(world).recover()
        return world.harm() | ({Harm.LOST} if stuck else frozenset())


async def an_order_kills_its_workers(ground: Ground) -> frozenset[Harm]:
    """Whoever claims the order dies of it, as long as anybody does."""
    async with a_world(ground) as world:
        world.accept()
        await wear_out(world, MANY)
        return world.harm()


_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R8",
        "accepted_orders_are_not_swept",
        "The sweeper leaves it to the broker to bring accepted orders.",
        a_message_is_lost,
        Harm.LOST,
        (f"{_LUA}/sweep.lua", "if r and r.state == 'accepted' then", "if r and r.state == 'none' then"),
    ),
    mutant(
        "R8",
        "accepted_orders_do_not_fall_due",
        "Accepting an order does not note when somebody must look after it.",
        a_message_is_lost,
        Harm.LOST,
        (f"{_LUA}/prelude.lua", "redis.call('ZADD', due_key(r), due_at, id)", ""),
    ),
    mutant(
        "R8",
        "leases_do_not_end",
        "A claim whose lease is over stays with its worker as long as that lives.",
        a_handler_hangs,
        Harm.LOST,
        (
            f"{_LUA}/sweep.lua",
            "if r and r.state == 'claimed' and r.lease_until <= at then give_back(r, at, 0, 'lease_over') end",
            "",
        ),
    ),
    mutant(
        "R8",
        "nobody_follows_up",
        "What is past its deadline is not made unknown.",
        a_worker_dies_while_it_sends,
        Harm.LOST,
        ("workers/duties/sweeper.py", "elif record.state == states.SENDING:", "elif not record.state:"),
    ),
    mutant(
        "R8",
        "nobody_finds_out",
        "The resolver does not look at what is unknown.",
        a_worker_dies_while_it_sends,
        Harm.LOST,
        ("workers/resolver/resolver.py", "due = (*unknown, *(parked", "due = (*unknown[:0], *(parked"),
    ),
    mutant(
        "R8",
        "the_broker_comes_first",
        "What is overdue is followed up only once the broker has taken what is due.",
        the_broker_is_away,
        Harm.LOST,
        (
            "workers/duties/sweeper.py",
            'await self._follow_up(due.overdue, "deadline_over")',
            'await self._wakeups.enqueue(due.enqueue); await self._follow_up(due.overdue, "deadline_over")',
        ),
    ),
    mutant(
        "R9",
        "claims_are_unbounded",
        "An order may be claimed again however many workers it has cost.",
        an_order_kills_its_workers,
        Harm.LOST,
        (f"{_LUA}/claim.lua", "if r.claims >= tonumber(ARGV[6]) then", "if r.claims >= 1000000 then"),
    ),
    mutant(
        "R9",
        "poison_is_left_lying",
        "An order that may not be claimed any more gets no outcome.",
        an_order_kills_its_workers,
        Harm.LOST,
        (
            "workers/payments/charge.py",
            'await self._book.close(record, states.NOT_CHARGED, "poison")',
            "record.order_id",
        ),
    ),
)
