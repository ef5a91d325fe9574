"""What may befall orders that go on for a declined one, and what must not come of it.

The harms are their own, for the customer has one purchase and not three orders.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum
from typing import Any

from cardinity_client import Payment
from cardinity_client.sandbox.plan import Rule
from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from tests.rules.crew import ACCOUNT, Duties, Hand, hire
from tests.rules.landed import approved
from tests.rules.mutants import Ground
from tests.rules.world import DUE, ORDER, World, a_world
from tests.unit.payments.test_endings_steps import PAYMENT
from workers.payments.chains import Chains
from workers.payments.continuing import continued
from workers.payments.endings import ending_of
from workers.payments.finalize import Finalizer, FinalizeRules

BACKUP = {"pan": "5555555555554444", "exp_month": 4, "exp_year": 2031, "cvc": "123", "holder": "Ona Petraityte"}
#: The sandbox says of it that its holder failed to authenticate.
FAILING = {**BACKUP, "pan": "5454545454540109"}
SECOND, LINK = f"{ORDER}-a2", f"{ORDER}-a3"
SOFT = "3001: Insufficient funds"
ROUNDS = 4


class ChainHarm(Enum):
    """What no chain may end in."""

    DOUBLE = "charged twice"
    GHOST = "charged, and we say it was not"
    FALSEPAY = "not charged, and we say it was"
    FORBIDDEN = "tried again where that is forbidden, or may be"
    HIDDEN = "charged beside the chain, and nobody is told"
    LOST = "no outcome"


async def no_answer_comes(ground: Ground) -> frozenset[ChainHarm]:
    """The first charge was made, and its answer was lost."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        world.fault("charge_then_reset")
        return await to_the_end(world)


async def the_scheme_forbids_another_try(ground: Ground) -> frozenset[ChainHarm]:
    """Declined for good."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        world.fault("declined", error=SOFT, advice="03: Do not try again")
        return await to_the_end(world, forbidden=True)


async def the_scheme_says_something_new(ground: Ground) -> frozenset[ChainHarm]:
    """A code that nobody here knows stands beside one that allows another try."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        world.fault("declined", error=SOFT, advice="22: Something new")
        return await to_the_end(world, forbidden=True)


async def the_backup_is_not_heard_of(ground: Ground) -> frozenset[ChainHarm]:
    """The second charge was made, and its answer was lost; its root is looked at before the list shows it."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        _faults(world, {"fault": "declined", "order_id": ORDER, "error": SOFT},
                {"fault": "charge_then_reset", "order_id": SECOND})  # fmt: skip
        await _hire(world, "first").take()
        assert world.record(SECOND).state == states.UNKNOWN
        await _look_at_root(world)
        return await to_the_end(world)


async def the_root_is_looked_at_in_between(ground: Ground) -> frozenset[ChainHarm]:
    """Its backup is declined and goes over to a link while somebody is about to end it; then the link is paid."""
    async with a_world(ground) as world:
        world.accept(backup=FAILING, needs_customer="link", description="Invoice 77")
        world.fault("declined", error=SOFT)
        await _hire(world, "first").take()
        assert world.record(LINK).state == states.PENDING
        await _look_at_root(world)
        world.land("", description=f"Invoice 77 {token_of(LINK)}")
        return await to_the_end(world)


async def two_hear_of_the_decline(ground: Ground) -> frozenset[ChainHarm]:
    """Worker and resolver both record it, one behind the other, with the same evidence."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        world.fault("declined", error=SOFT)
        first = _hire(world, "first", ledger=_HeldBack(world.executor()))
        await first.take()
        before = world.record()
        payment = replace(PAYMENT, order_id=ORDER, status="declined", error=SOFT)
        for _ in range(2):
            call = ending_of(before, payment)
            assert isinstance(world.ledger.run(call), Moved | NotYours)
        await _take_all(world)
        return await to_the_end(world)


async def the_list_says_otherwise(ground: Ground) -> frozenset[ChainHarm]:
    """The answer is a decline, and the list has shown an approved payment of the same order."""
    async with a_world(ground) as world:
        world.accept(backup=BACKUP)
        world.fault("declined", error=SOFT)
        duties = Duties(world)

        async def overtake() -> None:
            world.land(nth=7)
            await duties.scan()

        await _hire(world, "first", ledger=_Overtaken(world.executor(), overtake)).take()
        return await to_the_end(world)


async def a_payment_turns_up_beside_the_chain(ground: Ground) -> frozenset[ChainHarm]:
    """While a link waits to be paid the list shows an approved payment of the declined order."""
    async with a_world(ground) as world:
        world.accept(needs_customer="link", description="Invoice 77")
        world.fault("declined", error="3014: SCA Required")
        await _hire(world, "first").take()
        assert world.record(SECOND).state == states.PENDING
        world.land(nth=7)
        await Duties(world).scan()
        return frozenset() if world.ledger.read("XLEN", keys.ALARMS) else frozenset({ChainHarm.HIDDEN})


async def to_the_end(world: World, *, forbidden: bool = False) -> frozenset[ChainHarm]:
    """Recover until the order has ended, and tell what must not be."""
    duties = Duties(world)
    duties.pending = Chains(world.executor(), duties.resolver, duties.witness)
    hand = _hire(world, "rescuer")
    for _ in range(ROUNDS):
        if world.record().state in states.TERMINAL:
            break
        for order_id in _chain(world):
            world.later(order_id)
        await duties.scan(3)
        await duties.sweep()
        await duties.work_off(hand)
        await duties.resolver.round()
    return frozenset(_harms(world, forbidden=forbidden))


def _harms(world: World, *, forbidden: bool) -> list[ChainHarm]:
    charged = sum(approved(world.gateway.account, world.record(order_id)) for order_id in _chain(world))
    tried = sum(world.gateway.account.book.posts(order_id) for order_id in _chain(world)[1:])
    state = world.record().state
    harms = {
        ChainHarm.DOUBLE: charged > 1,
        ChainHarm.GHOST: bool(charged) and state in states.TERMINAL - {states.APPROVED},
        ChainHarm.FALSEPAY: not charged and state == states.APPROVED,
        ChainHarm.FORBIDDEN: forbidden and bool(tried),
        ChainHarm.LOST: state not in states.TERMINAL,
    }
    return [harm for harm, done in harms.items() if done]


def _chain(world: World) -> list[str]:
    """The order, and every one that goes on for it, whatever it is called."""
    start = keys.order(ORDER)
    found: list[bytes] = world.ledger.read("KEYS", f"{start}-*")
    return [ORDER, *sorted(key.decode().removeprefix(keys.order("")) for key in found)]


async def _look_at_root(world: World) -> None:
    """Somebody comes by who follows up what is pending, with what he read of it when its first successor was new."""
    ledger = world.executor()
    seen = Record(ORDER, {**world.record().fields, "successor": SECOND.encode()})
    await Chains(ledger, Duties(world).resolver, hire(world, "passer-by").witness).follow_up(seen)


async def _take_all(world: World) -> None:
    for order_id in _chain(world)[1:]:
        world.ledger.read("ZADD", DUE, 0, order_id)
        await _hire(world, f"hand-{secrets.token_hex(2)}").take(order_id)


def _faults(world: World, *rules: dict[str, Any]) -> None:
    world.gateway.account.install([Rule(times=1, **rule) for rule in rules])


def _hire(world: World, name: str, *, ledger: Executor | None = None) -> Hand:
    """A worker that sees to the orders that others go on for."""
    executor = ledger or world.executor()
    hand = hire(world, name, ledger=executor)
    chains = Chains(executor, Duties(world).resolver, hand.witness)
    rules = FinalizeRules(window_s=1.5, presence_s=60.0, challenge_ttl_s=900.0)
    hand.charger._pending = Finalizer(name, executor, {ACCOUNT: hand.lane}, chains, rules, hand.witness)
    return hand


class _Overtaken:
    """The ledger of a worker whose decline is held up while others go on."""

    def __init__(self, ledger: Executor, overtake: Callable[[], Awaitable[None]]) -> None:
        self._ledger = ledger
        self._overtake: Callable[[], Awaitable[None]] | None = overtake

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "succeed" and (overtake := self._overtake):
            self._overtake = None
            await overtake()
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


class _HeldBack:
    """The ledger of a worker whose decline never arrives there."""

    def __init__(self, ledger: Executor) -> None:
        self._ledger = ledger

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "succeed":
            return NotYours("stale")  # type: ignore[return-value]
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


def as_if_declined(record: Record) -> Call[Moved | NotYours]:
    """What a mutant does that takes silence for a decline."""
    payment: Payment = replace(PAYMENT, order_id=record.ref, status="declined", error=SOFT)
    return continued(record, payment, "backup")
