"""Owners of holds hear, once, that the gateway will let them go; nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cardinity_client import CardinityClient
from cardinity_client.sandbox.records.record import Kind
from producers.contract import states
from producers.contract.events import decode
from producers.contract.hold_warnings import HoldExpiring
from producers.contract.names import SETTLEMENT, VOID
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor, T
from tests.rules.crew import ACCOUNT, hire
from tests.rules.landed import make
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World, a_world
from workers.resolver.expiring import ROUND_MAX_S, Expiring, HoldRules

DAY_S = 86_400
RULES = HoldRules(hold_s=7 * DAY_S, warning_s=DAY_S)
#: How old a hold is when its time has just come, and when half of the warning is over.
DUE_MS, LATE_MS = 6 * DAY_S * 1000 + 1000, int(6.6 * DAY_S * 1000)
TAKING = "RET-1"


@pytest.fixture
async def world(tmp_path: Path, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Empty, with the real gateway's double."""
    async with a_world(Ground(tmp_path, valkey)) as made:
        yield made


@pytest.fixture
async def client(world: World) -> AsyncIterator[CardinityClient]:
    async with CardinityClient(world.settings.client_settings()) as made:
        yield made


async def hold(world: World, amount: str = "10.00") -> str:
    """An approved authorisation; the payment's id."""
    world.accept(amount=amount, settle=False)
    await hire(world, "first").take()
    assert world.record().state == states.APPROVED
    return world.record().text("payment_id")


def age(world: World, payment_id: str, ms: int) -> None:
    """As if the hold had begun so long ago."""
    world.ledger.read("ZADD", keys.holds(ACCOUNT), "XX", world.now_ms() - ms, payment_id)


async def rounds(world: World, client: CardinityClient, many: int = 2, ledger: Executor | None = None) -> Witness:
    """What leaders do, each new in its office."""
    witness = Witness()
    for _ in range(many):
        await Expiring(ACCOUNT, client, ledger or world.executor(), RULES, witness).round()
    return witness


def told(world: World) -> list[HoldExpiring]:
    """Every warning on the stream."""
    entries = world.ledger.read("XRANGE", keys.EVENTS, "-", "+")
    events = [decode(fields[b"event"]) for _, fields in entries]
    return [event for event in events if isinstance(event, HoldExpiring)]


def kept(world: World) -> tuple[int, int]:
    """How many holds are open, and how many of them expire."""
    return world.ledger.read("ZCARD", keys.holds(ACCOUNT)), world.ledger.read("ZCARD", keys.expiring(ACCOUNT))


async def test_an_owner_is_told_once(world: World, client: CardinityClient) -> None:
    """By leaders that come one after the other; with what is held and until when."""
    payment_id = await hold(world)
    began_ms = world.record().intent_at_ms
    assert world.ledger.read("ZSCORE", keys.holds(ACCOUNT), payment_id) == began_ms
    age(world, payment_id, DUE_MS)
    await rounds(world, client, 3)
    (event,) = told(world)
    data = event.data
    assert (event.id, event.subject) == (f"{ORDER}:hold_expiring", ORDER)
    assert (data.order_id, data.payment_id, data.amount, data.currency) == (ORDER, payment_id, "10.00", "EUR")
    assert 0 < data.expires_at.timestamp() * 1000 - world.now_ms() < DAY_S * 1000
    assert kept(world) == (0, 1)


async def test_two_leaders_tell_it_once(world: World, client: CardinityClient) -> None:
    """Both have looked before either tells."""
    age(world, await hold(world), DUE_MS)
    second = _Overtaken(world.executor(), lambda: rounds(world, client, 1))
    await rounds(world, client, 1, ledger=second)
    assert len(told(world)) == 1


async def test_a_term_ends_while_its_duty_rests(world: World, client: CardinityClient) -> None:
    """Between two rounds a minute long it looks whether it still leads: until it has ended no other term may begin, and
    nobody reads the list.
    """
    looks = 0

    def lead() -> bool:
        nonlocal looks
        looks += 1
        return looks <= 2  # before the round, and as it begins to rest

    await asyncio.wait_for(Expiring(ACCOUNT, client, world.executor(), RULES, Witness()).run(lead), ROUND_MAX_S / 2)
    assert looks > 2


async def test_a_lost_answer_tells_nothing_twice(world: World, client: CardinityClient) -> None:
    """The step was made and the leader that made it is gone: its successor finds nothing to do."""
    age(world, await hold(world), DUE_MS)
    with pytest.raises(ConnectionError):
        await rounds(world, client, 1, ledger=_Dying(world.executor()))
    await rounds(world, client)
    assert len(told(world)) == 1


async def test_nobody_is_told_before_it_is_time(world: World, client: CardinityClient) -> None:
    """A hold that has long to go, and one of nothing, which only checked a card."""
    age(world, await hold(world), DUE_MS - 60_000)
    await rounds(world, client)
    assert (told(world), kept(world)) == ([], (1, 0))


async def test_a_checked_card_is_no_hold(world: World, client: CardinityClient) -> None:
    """An authorisation of zero holds nothing."""
    await hold(world, amount="0.00")
    assert kept(world) == (0, 0)


@pytest.mark.parametrize(("kind", "amount"), [(SETTLEMENT, "10.00"), (SETTLEMENT, "4.00"), (VOID, "")])
async def test_a_hold_that_was_followed_is_closed(
    world: World, client: CardinityClient, kind: str, amount: str
) -> None:
    """Settled, in part too, or let go: the rest of a hold can be taken no more (the gateway settles it once)."""
    payment_id = await hold(world)
    age(world, payment_id, DUE_MS)
    world.follow(kind, TAKING, payment_id, amount)
    await hire(world, "second").take(TAKING)
    assert (world.record(TAKING).state, kept(world)) == (states.APPROVED, (0, 0))
    await rounds(world, client)
    assert told(world) == []


async def test_a_settlement_after_the_warning_closes_it_too(world: World, client: CardinityClient) -> None:
    """What was told of stops being about to expire."""
    payment_id = await hold(world)
    age(world, payment_id, DUE_MS)
    await rounds(world, client)
    world.follow(SETTLEMENT, TAKING, payment_id, "10.00")
    await hire(world, "second").take(TAKING)
    assert (len(told(world)), kept(world)) == (1, (0, 0))


@pytest.mark.parametrize("kind", [SETTLEMENT, VOID])
async def test_what_others_did_to_it_is_seen(world: World, client: CardinityClient, kind: Kind) -> None:
    """Somebody settled it or let it go by hand: the gateway says so, and nobody is told."""
    payment_id = await hold(world)
    age(world, payment_id, DUE_MS)
    make(world.gateway.account, kind, payment_id, "by hand")
    await rounds(world, client)
    assert (told(world), kept(world)) == ([], (0, 0))


async def test_a_refused_settlement_leaves_it_open(world: World, client: CardinityClient) -> None:
    """What the bank declined took nothing."""
    payment_id = await hold(world)
    age(world, payment_id, DUE_MS)
    world.follow(SETTLEMENT, TAKING, payment_id, "10.00")
    world.fault("declined", operation=SETTLEMENT)
    await hire(world, "second").take(TAKING)
    assert world.record(TAKING).state == states.DECLINED
    await rounds(world, client)
    assert len(told(world)) == 1


async def test_a_settlement_under_way_is_waited_for(world: World, client: CardinityClient) -> None:
    """It may settle the hold yet; but when half of the warning is over its owner is told all the same."""
    payment_id = await hold(world)
    world.follow(SETTLEMENT, TAKING, payment_id, "10.00")
    world.fault("reset_before", operation=SETTLEMENT)
    await hire(world, "second").take(TAKING)
    assert world.record(TAKING).state == states.UNKNOWN
    age(world, payment_id, DUE_MS)
    await rounds(world, client)
    assert told(world) == []
    age(world, payment_id, LATE_MS)
    await rounds(world, client)
    assert len(told(world)) == 1


async def test_a_gateway_without_an_answer_is_waited_for(world: World, client: CardinityClient) -> None:
    """Whether the hold is open still is not known then; told too often is better than never."""
    payment_id = await hold(world)
    age(world, payment_id, DUE_MS)
    make(world.gateway.account, SETTLEMENT, payment_id, "by hand", created="yesterday")
    witness = await rounds(world, client)
    assert (told(world), ("holds", "list_unreadable") in witness.troubles) == ([], True)
    age(world, payment_id, LATE_MS)
    await rounds(world, client)
    assert len(told(world)) == 1


async def test_an_expired_hold_is_forgotten(world: World, client: CardinityClient) -> None:
    """Told of, if late, and then no longer counted."""
    payment_id = await hold(world)
    age(world, payment_id, RULES.hold_ms + 1)
    await rounds(world, client, 1)
    assert (len(told(world)), kept(world)) == (1, (0, 1))
    await rounds(world, client, 1)
    assert (len(told(world)), kept(world)) == (1, (0, 0))


async def test_without_a_warning_nobody_is_told(world: World, client: CardinityClient) -> None:
    """Holds are counted until they expire, and that is all."""
    age(world, await hold(world), RULES.hold_ms + 1)
    rules = HoldRules(RULES.hold_s, 0)
    await Expiring(ACCOUNT, client, world.executor(), rules, Witness()).round()
    assert (told(world), kept(world)) == ([], (0, 0))


async def test_a_hold_of_two_phases_that_waits_is_told_of(world: World, client: CardinityClient) -> None:
    """Its settlement is not asked for, for whatever reason; when it has ended there is nothing to tell."""
    world.accept(mode="two_phase")
    await hire(world, "first").take()
    assert (world.record().state, kept(world)) == (states.PENDING, (1, 0))
    age(world, world.record().text("payment_id"), DUE_MS)
    await rounds(world, client)
    assert (len(told(world)), kept(world)) == (1, (0, 1))
    end = calls.settle(
        ORDER,
        world.record().token,
        allowed=(states.PENDING,),
        to=states.APPROVED,
        event_id="",
        event=b"",
        detail="settled",
    )
    world.ledger.run(end)
    assert kept(world) == (0, 0)


class _Overtaken:
    """The ledger of a leader that is held up before it tells."""

    def __init__(self, ledger: Executor, overtake: Callable[[], Awaitable[object]]) -> None:
        self._ledger = ledger
        self._overtake = overtake

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "warn":
            await self._overtake()
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


class _Dying:
    """The ledger of a leader that dies when its step was made."""

    def __init__(self, ledger: Executor) -> None:
        self._ledger = ledger

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        answer = await self._ledger.run(call, patience_s=patience_s)
        if call.script == "warn":
            raise ConnectionError
        return answer

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)
