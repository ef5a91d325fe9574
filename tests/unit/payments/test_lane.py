"""How the backlog of an account comes back: those that somebody waits for before those of batches."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from cardinity_client import CardinityClient, ClientSettings
from cardinity_client.secret import Secret
from producers.runtime.ledger.call import Call
from workers.payments.gate import Draining
from workers.payments.lane import BACK_S, WAIT_BLIND_MAX, Closed, Lane
from workers.payments.ramp import DOUBLING_S, START
from workers.resolver.verdict import Rules

T = TypeVar("T")


@dataclass
class Clock:
    """The loop's clock, moved by hand."""

    now: float = 1000.0

    def time(self) -> float:
        return self.now


class NoLedger:
    """Nothing here asks it."""

    async def run(self, call: Call[T], *, patience_s: float = 0.0) -> T:
        raise AssertionError(call)

    async def read(self, *command: Any) -> Any:
        raise AssertionError(command)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock()


@pytest.fixture
async def lane(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Lane:
    """A lane that has sent nothing for a while, and may again."""
    settings = ClientSettings("http://127.0.0.1:1/v1", "test_sandbox_key", Secret("sandbox-secret"))
    rules = Rules(horizon_ms=3000, skew_ms=1000, clean_scans=3, absent="prove")
    lane = Lane(
        "default",
        CardinityClient(settings),
        NoLedger(),
        rules,
        breaker_wait_s=30.0,
        on_low_credits=lambda _: None,
        sharers=1,
    )
    monkeypatch.setattr(asyncio.get_running_loop(), "time", clock.time)
    lane.pause("redis_away", for_s=1.0)
    return lane


async def why(lane: Lane, *, batch: bool) -> str:
    """Why it is closed to such an order; empty when it may go."""
    closed = await lane.closed(batch=batch)
    return closed.why if isinstance(closed, Closed) else ""


async def test_a_batch_alone_has_all_of_the_ramp(lane: Lane, clock: Clock) -> None:
    """Nobody else was turned away, so nothing is kept for anybody."""
    assert await why(lane, batch=True) == "redis_away"
    clock.now += 1.0
    with ExitStack() as under_way:
        for _ in range(START):
            assert await why(lane, batch=True) == ""
            under_way.enter_context(lane.sending(batch=True))
        assert await why(lane, batch=True) == "ramp"


async def test_who_was_turned_away_finds_room_when_it_comes_again(lane: Lane, clock: Clock) -> None:
    """Batches do not take it meanwhile, though nothing is on its way."""
    assert await why(lane, batch=False) == "redis_away"
    clock.now += 1.0
    assert await why(lane, batch=True) == "ramp"
    with ExitStack() as under_way:
        for _ in range(START):
            assert await why(lane, batch=False) == ""
            under_way.enter_context(lane.sending())
        assert await why(lane, batch=False) == "ramp"
    assert await why(lane, batch=True) == "ramp"
    assert await why(lane, batch=False) == ""


async def test_batches_have_their_share_of_the_ramp(lane: Lane, clock: Clock) -> None:
    """A tenth of what may be on its way, as soon as that is a whole order, while others go on being turned away."""
    assert await why(lane, batch=False) == "redis_away"
    clock.now += 1.0
    assert await why(lane, batch=True) == "ramp"  # the first to ask begins it
    clock.now += 2 * DOUBLING_S
    with ExitStack() as under_way:
        for _ in range(4 * START - 1):
            under_way.enter_context(lane.sending())
        assert await why(lane, batch=True) == ""
        under_way.enter_context(lane.sending(batch=True))
        assert await why(lane, batch=False) == "ramp"
    with lane.sending(batch=True):
        assert await why(lane, batch=True) == "ramp"


async def test_nothing_is_kept_for_who_does_not_come_again(lane: Lane, clock: Clock) -> None:
    """An order that was turned away may have gone to another process."""
    assert await why(lane, batch=False) == "redis_away"
    clock.now += 1.0 + BACK_S
    assert await why(lane, batch=True) == ""


async def test_a_paused_account_is_closed_to_all(lane: Lane, clock: Clock) -> None:
    """Until it is resumed; then its backlog comes back on a ramp."""
    clock.now += 1.0
    lane.halt(True)
    assert [await why(lane, batch=batch) for batch in (False, True)] == ["account_paused", "account_paused"]
    closed = await lane.closed()
    assert closed is not None and closed.lasting and closed.by_hand
    lane.halt(False)
    with ExitStack() as under_way:
        for _ in range(START):
            assert await why(lane, batch=False) == ""
            under_way.enter_context(lane.sending())
        assert await why(lane, batch=False) == "ramp"


async def test_a_few_wait_for_a_credit_while_none_comes(lane: Lane, clock: Clock) -> None:
    """The others go back at once: an account that nobody can see keeps no slots of those that send."""
    clock.now += 1.0
    lane.gate.refused(1)
    async with asyncio.TaskGroup() as waiting:
        for _ in range(WAIT_BLIND_MAX):
            waiting.create_task(_turned_away(lane))
        await asyncio.sleep(0)
        assert await why(lane, batch=False) == ""
        lane.blinded()
        assert await why(lane, batch=False) == "no_credit"
        lane.drain()


async def _turned_away(lane: Lane) -> None:
    with pytest.raises(Draining):
        await lane.gate.enter(lane.gate.turn())
