"""R2 and R3: who may send, and who may say that nothing was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from producers.contract import states
from producers.contract.card_fields import Mode
from tests.proxy import CuttingProxy
from tests.rules.crew import Duties, Hand, hire
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import ORDER, PAGE, World, a_world


async def a_worker_dies_while_it_sends(ground: Ground) -> frozenset[Harm]:
    """The request is at the gateway, its worker is gone, and others find the order."""
    async with a_world(ground) as world:
        world.accept()
        world.fault("charge_then_hang")
        first = hire(world, "first")
        first.begin()
        await world.until_posted()
        await first.die()
        await Duties(world).recover()
        return world.harm()


async def an_answer_is_lost(ground: Ground) -> frozenset[Harm]:
    """The gateway charges and the connection breaks before its answer."""
    return await _one_faulty_answer(ground, "charge_then_reset")


async def a_gateway_fails_after_it_charged(ground: Ground) -> frozenset[Harm]:
    """The charge stands, and the answer is a 500."""
    return await _one_faulty_answer(ground, "http_500_after")


async def a_gateway_charges_and_asks_for_patience(ground: Ground) -> frozenset[Harm]:
    """The answer is a 429 although the charge was taken."""
    async with a_world(ground) as world:
        return await _a_false_429(world)


async def a_gateway_charges_asks_for_patience_and_is_busy(ground: Ground) -> frozenset[Harm]:
    """The same, and before the list is read again more payments of others come than a page shows."""
    async with a_world(ground) as world:
        return await _a_false_429(world, others=PAGE)


async def _a_false_429(world: World, *, others: int = 0) -> frozenset[Harm]:
    world.accept()
    world.land("OTHER-0")
    duties = Duties(world)
    await duties.scan()
    world.fault("rate_limited_429")
    first = hire(world, "first")
    first.begin()
    await world.until_posted()
    world.land()
    for number in range(others):
        world.land(f"OTHER-{number}", nth=2)
    while first.busy:
        await duties.scan()
    await duties.recover()
    return world.harm()


async def a_stalled_worker_goes_on_to_its_intent(ground: Ground) -> frozenset[Harm]:
    """A claim runs out before its holder goes on; by then another worker is sending."""
    async with _two_holders(ground) as (world, _, wake_the_first):
        await wake_the_first()
        return world.harm()


async def a_stalled_worker_gives_back(ground: Ground) -> frozenset[Harm]:
    """The first holder was asked to stop meanwhile, and returns an order that is no longer its own."""
    async with _two_holders(ground) as (world, first, wake_the_first):
        first.lane.gate.drain()
        await wake_the_first()
        return world.harm()


async def a_stalled_worker_refuses(ground: Ground) -> frozenset[Harm]:
    """The first holder comes to the end of its checks and says no to what another one has sent."""
    async with _two_holders(ground, mode_of_the_first="live") as (world, _, wake_the_first):
        await wake_the_first()
        return world.harm()


async def _one_faulty_answer(ground: Ground, fault: str) -> frozenset[Harm]:
    async with a_world(ground) as world:
        world.accept()
        world.fault(fault)
        await hire(world, "first").take()
        await Duties(world).recover()
        return world.harm()


class _Waking:
    """Lets the first holder's claim return, and the rest happen: the second dies, and others take over."""

    def __init__(self, world: World, proxy: CuttingProxy, first: Hand, second: Hand) -> None:
        self._world = world
        self._proxy = proxy
        self._first = first
        self._second = second

    async def __call__(self) -> None:
        self._proxy.release()
        await self._first.finished()
        await hire(self._world, "third").take()
        await self._second.die()
        await Duties(self._world).recover()


@asynccontextmanager
async def _two_holders(
    ground: Ground, *, mode_of_the_first: Mode = "test"
) -> AsyncIterator[tuple[World, Hand, _Waking]]:
    """One worker has claimed and does not know it yet, its lease is over, and another one's request is out."""
    async with a_world(ground) as world:
        with CuttingProxy(ground.valkey.port) as proxy:
            world.accept()
            proxy.hold_reply(ORDER.encode())
            first = hire(world, "first", ledger=world.executor(url=proxy.url(1)), mode=mode_of_the_first)
            first.begin()
            await world.until_state(states.CLAIMED)
            world.later()
            world.fault("charge_then_hang")
            second = hire(world, "second")
            second.begin()
            await world.until_posted()
            yield world, first, _Waking(world, proxy, first, second)


_CHARGE = "workers/payments/charge.py"
_VERDICT = "workers/resolver/verdict.py"
_CLASSIFY = "cardinity_client/classify.py"
_LUA = "producers/runtime/ledger/lua"

MUTANTS = (
    mutant(
        "R2",
        "lease_over_means_unsent",
        "The sweeper returns orders that are being sent to the queue as if they were only claimed.",
        a_worker_dies_while_it_sends,
        Harm.DOUBLE,
        (
            f"{_LUA}/sweep.lua",
            "if r and r.state == 'claimed' and r.lease_until <= at then",
            "if r and (r.state == 'claimed' or r.state == 'sending') and r.lease_until <= at then",
        ),
    ),
    mutant(
        "R2",
        "dead_means_unsent",
        "What a dead worker was sending is returned to the queue like what it had only claimed.",
        a_worker_dies_while_it_sends,
        Harm.DOUBLE,
        (
            f"{_LUA}/reap.lua",
            "if r and r.worker == worker and r.state == 'claimed' then",
            "if r and r.worker == worker and (r.state == 'claimed' or r.state == 'sending') then",
        ),
    ),
    mutant(
        "R2",
        "exception_decides",
        "A failure is unsent by the class of its exception, whatever phase the request had reached.",
        an_answer_is_lost,
        Harm.DOUBLE,
        (
            _CLASSIFY,
            "if phase is Phase.QUEUED:",
            "if phase is Phase.QUEUED or isinstance(exc, httpx.NetworkError):",
        ),
    ),
    mutant(
        "R2",
        "client_sends_again",
        "The client's own retry takes a lost answer for a lost request.",
        an_answer_is_lost,
        Harm.DOUBLE,
        (
            "cardinity_client/retry.py",
            "return isinstance(answer, Unsent) and answer.reason in CONNECT_REASONS",
            "return answer.kind in ('unsent', 'unknown')",
        ),
    ),
    mutant(
        "R2",
        "worker_sends_again",
        "The worker sends a second time when it does not know what became of the first.",
        an_answer_is_lost,
        Harm.DOUBLE,
        (
            _CHARGE,
            "answer = await send(request, way.lane.client, deadline_s=left_s)",
            "answer = [await send(request, way.lane.client, deadline_s=left_s) for _ in range(2)][1]",
        ),
    ),
    mutant(
        "R2",
        "unknown_is_tried_again",
        "An order whose outcome is unknown goes back to be taken again.",
        an_answer_is_lost,
        Harm.DOUBLE,
        (
            _CHARGE,
            "await self._book.conclude(record, end(record, states.UNKNOWN, reason, http_status=http_status), ends_at)",
            "await self._book.give_back(record, reason, 0.0)",
        ),
    ),
    mutant(
        "R2",
        "errors_mean_unsent",
        "A 5xx is believed to say that nothing was charged.",
        a_gateway_fails_after_it_charged,
        Harm.DOUBLE,
        (
            _CLASSIFY,
            "return Unknown(status_reason(status), status, alarm=False)",
            "return Unsent(status_reason(status))",
        ),
    ),
    mutant(
        "R2",
        "patience_means_unsent",
        "A 429 is believed without a read of the list that shows nothing of the order.",
        a_gateway_charges_and_asks_for_patience,
        Harm.DOUBLE,
        (_CHARGE, "await lane.unseen_since(record, ends_at)", "ends_at"),
    ),
    mutant(
        "R2",
        "patience_overlooks_holes",
        "A 429 is believed although more payments came than a page of the list shows.",
        a_gateway_charges_asks_for_patience_and_is_busy,
        Harm.DOUBLE,
        (_VERDICT, "if not journal.covers(intent_at_ms - rules.skew_ms, latest[-1]):", "if not latest:"),
    ),
    mutant(
        "R2",
        "anybody_gives_back",
        "An order is called unsent by a worker that no longer holds it.",
        a_stalled_worker_gives_back,
        Harm.DOUBLE,
        (f"{_LUA}/release.lua", "if r.token ~= token or (r.state", "if (r.state"),
    ),
    mutant(
        "R3",
        "intent_ignores_the_token",
        "The intent is granted to whoever asks, not to the holder of the claim.",
        a_stalled_worker_goes_on_to_its_intent,
        Harm.DOUBLE,
        (f"{_LUA}/intent.lua", "if r.token ~= token then return {'stale', r.state} end", ""),
    ),
    mutant(
        "R3",
        "tokens_are_counted",
        "Tokens come from a counter, so two workers come to the same one.",
        a_stalled_worker_goes_on_to_its_intent,
        Harm.DOUBLE,
        (_CHARGE, "secrets.token_hex(16)", "f'{self.under_way._count:032d}'"),
    ),
    mutant(
        "R4",
        "outcome_ignores_the_token",
        "An outcome is recorded whoever's attempt it is about.",
        a_stalled_worker_refuses,
        Harm.GHOST,
        (f"{_LUA}/settle.lua", "if r.token ~= token then return refused() end", ""),
    ),
)
