"""Two-phase charges: what keeps them to one settlement and no hold, a rule at a time.

Their harms are their own: a hold is no charge. The names D3 and D4 are the model's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from typing import Any

from msgspec.structs import replace

from cardinity_client import CardinityClient, CreateSettlement
from cardinity_client.money import Money
from cardinity_client.sandbox.account import wall_clock_ms
from producers.acceptance import prepare
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.contract.follow_ups import token_of
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from producers.vault import Sealer
from tests.rules.crew import ACCOUNT, Duties, Hand, hire
from tests.rules.mutants import Ground
from tests.rules.pair import a_pair
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World, a_world
from tests.stack import CARD
from workers.payments import observer as steps
from workers.payments.endings import end
from workers.payments.finalize import Finalizer, FinalizeRules
from workers.payments.two_phase import TwoPhase, TwoPhaseRules
from workers.resolver.strays import Strays


class HoldHarm(Enum):
    """What no run of a two-phase order may end in."""

    TWICE = "settled twice"
    GHOST = "settled, and we say it was not"
    FALSEPAY = "not settled, and we say it was"
    LEFT = "a hold is left that nobody will take"
    LOST = "no outcome"


async def an_adopted_order_is_answered_late(ground: Ground) -> frozenset[HoldHarm]:
    """A proxy delivers the authorisation twice; before its worker records the one hold, the other was adopted."""
    async with a_world(ground) as world:
        _accept(world)
        world.fault("delivered_twice")
        duties = Duties(world)
        other = _hire(world, "other", duties)

        async def overtake() -> None:
            world.later()
            await duties.sweep()
            await duties.scan()
            await duties.resolver.round()
            await other.take()

        await _hire(world, "first", duties, ledger=_Overtaken(world.executor(), overtake)).take()
        await _let_strays_go(world)
        return _harm(world)


async def a_hold_lands_when_its_order_was_given_up(ground: Ground) -> frozenset[HoldHarm]:
    """The request is lost, reads show nothing, the order ends; then it lands all the same."""
    async with a_world(ground) as world:
        _accept(world)
        world.fault("reset_before")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.later()
        await duties.scan(3)
        await duties.resolver.round()
        assert world.record().state == states.NOT_CHARGED
        _land(world)
        await duties.scan()
        await _let_strays_go(world)
        return _harm(world)


async def a_settlement_lands_after_another_was_refused(ground: Ground) -> frozenset[HoldHarm]:
    """The bank declines a settlement, and one that was asked for before it lands when the order has ended."""
    async with a_world(ground) as world:
        _accept(world)
        world.fault("declined", operation="settlement")
        await _hire(world, "first", Duties(world)).take()
        await _land_settlement(world)
        await _let_strays_go(world)
        return _harm(world)


async def a_settlement_is_not_heard_of(ground: Ground) -> frozenset[HoldHarm]:
    """The hold is settled and the answer lost; whoever looks next finds it."""
    async with a_world(ground) as world:
        _accept(world)
        world.fault("charge_then_reset", operation="settlement")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.later()
        await _hire(world, "second", duties).take()
        return _harm(world)


async def a_settlement_lands_when_its_order_is_parked(ground: Ground) -> frozenset[HoldHarm]:
    """A human was called, and then what was asked for before shows up."""
    async with a_world(ground) as world:
        _accept(world)
        world.fault("reset_before", operation="settlement")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.ledger.run(end(world.record(), states.PARKED, "settlement_rejected", evidence="none"))
        await _land_settlement(world)
        await duties.resolver.round()
        return _harm(world)


async def a_choice_is_lost_in_a_failover(ground: Ground) -> frozenset[HoldHarm]:
    """One of two holds is chosen on a primary whose replica hears nothing of it; then that is the ledger."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            _accept(world)
            world.fault("delivered_twice")
            first = _hire(world, "first", Duties(world), ledger=world.executor(replicas=1))
            first.witness.at[steps.ANSWERED] = pair.cut_off
            await first.take()
            assert world.record().text("payment_id")
            pair.fail_over(world)
            await first.die()
            world.later()
            duties = Duties(world)
            await duties.sweep()
            await duties.scan()
            await duties.resolver.round()
            await _hire(world, "second", duties).take()
            await _let_strays_go(world)
            return _harm(world)


class _Overtaken:
    """The ledger of a worker whose first outcome is held up while others go on."""

    def __init__(self, ledger: Executor, overtake: Callable[[], Awaitable[None]]) -> None:
        self._ledger = ledger
        self._overtake: Callable[[], Awaitable[None]] | None = overtake

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "settle" and (overtake := self._overtake):
            self._overtake = None
            await overtake()
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


def _accept(world: World) -> None:
    """As a producer does, up to the enqueue, which is lost."""
    now_ms = wall_clock_ms()
    fields = {"order_id": ORDER, "amount": "10.00", "currency": "EUR", "country": "LT", "mode": "two_phase", **CARD}
    charge = parse_charge(fields, now_ms=now_ms, mode="test")
    acceptance = prepare(charge, Sealer.from_settings(world.settings), now_ms=now_ms, grace_ms=0)
    acceptance.told(world.ledger.run(acceptance.call))


def _land(world: World) -> None:
    """The gateway holds, with nobody waiting for the answer."""
    book = world.gateway.account.book
    payment = book.get(world.land())
    assert payment is not None
    book.put(replace(payment, type="authorization"))


async def _land_settlement(world: World) -> None:
    """A request for the chosen hold that was under way for long."""
    async with CardinityClient(world.settings.client_settings()) as network:
        chosen = world.record().text("payment_id")
        await network.create_settlement(CreateSettlement(chosen, Money.parse("10.00", "EUR"), token_of(ORDER)))


def _hire(world: World, name: str, duties: Duties, *, ledger: Executor | None = None) -> Hand:
    """A worker that goes on to the second phase."""
    executor = ledger or world.executor()
    hand = hire(world, name, ledger=executor)
    lanes = {ACCOUNT: hand.lane}
    second = TwoPhase(name, executor, lanes, duties.resolver, TwoPhaseRules(1.5, 60.0), hand.witness)
    rules = FinalizeRules(window_s=1.5, presence_s=60.0, challenge_ttl_s=900.0)
    hand.charger._pending = Finalizer(name, executor, lanes, second, rules, hand.witness)
    return hand


async def _let_strays_go(world: World) -> None:
    """What the resolver's leader does about strays, until it has seen them gone."""
    async with CardinityClient(world.settings.client_settings()) as client:
        for _ in range(2):
            await Strays(ACCOUNT, client, world.executor(), Witness()).round()


def _harm(world: World) -> frozenset[HoldHarm]:
    return frozenset(_harms(world))


def _harms(world: World) -> list[HoldHarm]:
    account, state = world.gateway.account, world.record().state
    holds = [payment for payment in account.book.of_order(ORDER) if payment.status == "approved"]
    settled = [_count(world, "settlement", hold.id) for hold in holds]
    left = [
        hold for hold, taken in zip(holds, settled, strict=True) if not taken and not _count(world, "void", hold.id)
    ]
    harms = {
        HoldHarm.TWICE: sum(settled) > 1,
        HoldHarm.GHOST: bool(sum(settled)) and state in states.TERMINAL - {states.APPROVED},
        HoldHarm.FALSEPAY: not sum(settled) and state == states.APPROVED,
        HoldHarm.LEFT: bool(left),
        HoldHarm.LOST: state not in states.TERMINAL,
    }
    return [harm for harm, done in harms.items() if done]


def _count(world: World, kind: Any, payment_id: str) -> int:
    return sum(made.status == "approved" for made in world.gateway.account.records.of_payment(kind, payment_id))


#: Plays a story with the product as it is at that moment, and answers what harm was done.
Story = Callable[[Ground], Coroutine[Any, Any, frozenset[HoldHarm]]]
