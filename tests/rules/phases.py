"""Two-phase charges: what keeps them to one settlement and no hold, a rule at a time.

Their harms are their own: a hold is no charge. The names D3 and D4 are the model's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cardinity_client import CardinityClient, CreateSettlement
from cardinity_client.money import Money
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from tests.rules.changing import Change
from tests.rules.crew import ACCOUNT, Duties, Hand, hire
from tests.rules.mutants import Ground
from tests.rules.pair import a_pair
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World, a_world
from workers.payments import observer as steps
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
        world.accept(mode="two_phase")
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
        world.accept(mode="two_phase")
        world.fault("reset_before")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.later()
        await duties.scan(3)
        await duties.resolver.round()
        assert world.record().state == states.NOT_CHARGED
        world.land(type="authorization")
        await duties.scan()
        await _let_strays_go(world)
        return _harm(world)


async def a_settlement_lands_after_another_was_refused(ground: Ground) -> frozenset[HoldHarm]:
    """The bank declines a settlement, and one that was asked for before it lands when the order has ended."""
    async with a_world(ground) as world:
        world.accept(mode="two_phase")
        world.fault("declined", operation="settlement")
        await _hire(world, "first", Duties(world)).take()
        async with CardinityClient(world.settings.client_settings()) as network:
            chosen = world.record().text("payment_id")
            await network.create_settlement(CreateSettlement(chosen, Money.parse("10.00", "EUR"), token_of(ORDER)))
        await _let_strays_go(world)
        return _harm(world)


async def a_settlement_is_not_heard_of(ground: Ground) -> frozenset[HoldHarm]:
    """The hold is settled and the answer lost; whoever looks next finds it."""
    async with a_world(ground) as world:
        world.accept(mode="two_phase")
        world.fault("charge_then_reset", operation="settlement")
        duties = Duties(world)
        await _hire(world, "first", duties).take()
        world.later()
        await _hire(world, "second", duties).take()
        return _harm(world)


async def a_choice_is_lost_in_a_failover(ground: Ground) -> frozenset[HoldHarm]:
    """One of two holds is chosen on a primary whose replica hears nothing of it; then that is the ledger."""
    with a_pair(ground.directory) as pair:
        async with a_world(ground, ledger_url=pair.url) as world:
            world.accept(mode="two_phase")
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


@dataclass(frozen=True, slots=True)
class PhaseMutant:
    """The product without a rule; `sentence` says what it does instead."""

    name: str
    sentence: str
    story: Story
    harm: HoldHarm
    changes: tuple[Change, ...]


_SECOND = "workers/payments/two_phase.py"

MUTANTS = (
    PhaseMutant(
        "D4_each_settles_its_own",
        "Each worker settles the hold that it was answered.",
        an_adopted_order_is_answered_late,
        HoldHarm.TWICE,
        (
            Change(
                "workers/payments/charge.py",
                "            await self._pending(record.order_id)\n",
                "            await way.lane.client.create_settlement("
                "__import__('cardinity_client').CreateSettlement(answer.resource.id, record.amount))\n",
            ),
        ),
    ),
    PhaseMutant(
        "choices_need_not_be_durable",
        "A hold is settled whose choice is on no replica yet.",
        a_choice_is_lost_in_a_failover,
        HoldHarm.TWICE,
        (
            Change(
                "producers/runtime/ledger/hold_calls.py",
                'Call("turn", args, moved, durable=True)',
                'Call("turn", args, moved)',
            ),
        ),
    ),
    PhaseMutant(
        "strays_are_not_voided",
        "Strays are looked at and left alone.",
        a_hold_lands_when_its_order_was_given_up,
        HoldHarm.LEFT,
        (Change("workers/resolver/strays.py", "await self._client.create_void(", "(lambda _: None)("),),
    ),
    PhaseMutant(
        "late_holds_are_not_strays",
        "A hold that lands after its order has ended is nobody's.",
        a_hold_lands_when_its_order_was_given_up,
        HoldHarm.LEFT,
        (
            Change(
                "producers/runtime/ledger/lua/sight.lua",
                "if known[4] and (known[2] or not is_open(state)) then",
                "if known[4] and not is_open(state) then",
            ),
            Change(
                "producers/runtime/ledger/lua/sight.lua",
                "if known[2] ~= payment_id and may_hold(row) then stray(payment_id, ARGV[2], id) end",
                "",
            ),
        ),
    ),
    PhaseMutant(
        "doubled_holds_are_not_strays",
        "Other holds of an order that has chosen are forgotten.",
        an_adopted_order_is_answered_late,
        HoldHarm.LEFT,
        (
            Change(
                "producers/runtime/ledger/lua/settle.lua",
                "if rows[i] ~= mine and may_hold(rows[i + 1]) then stray(rows[i], account, id) end",
                "",
            ),
        ),
    ),
    PhaseMutant(
        "refused_is_declined_at_once",
        "An order is declined while its hold still holds.",
        a_settlement_lands_after_another_was_refused,
        HoldHarm.GHOST,
        (
            Change(
                _SECOND,
                "                    refused = settlement\n",
                "                    return bool(await self._end(record, hold, Unpaid(settlement)))\n",
            ),
        ),
    ),
    PhaseMutant(
        "settlements_are_overlooked",
        "A settlement that stands under the hold is not seen.",
        a_settlement_is_not_heard_of,
        HoldHarm.LOST,
        (
            Change(
                "workers/payments/holds.py",
                "    if settled := taken(hold.settlements):",
                "    if settled := taken(hold.settlements) and []:",
            ),
        ),
    ),
)
#: What they are played in, each once.
STORIES: tuple[Story, ...] = tuple(dict.fromkeys(each.story for each in MUTANTS))
