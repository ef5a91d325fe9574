"""Waiting for one's turn, at a rate and for a credit: it ends, whatever the ledger does."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from producers.runtime.ledger.executors import Executor
from workers.payments.gate import CreditGate
from workers.payments.limiter import Limiter, Waiting
from workers.payments.turns import comes


class SilentLedger:
    """Never answers."""

    async def run(self, call: object, *, patience_s: float = 0.0) -> Any:
        await asyncio.Event().wait()


async def test_a_turn_that_comes_is_told() -> None:
    """As whoever serves the line has said."""
    turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    turn.set_result(True)
    assert await comes(turn, asyncio.get_running_loop().time() + 60.0)


async def test_a_turn_that_is_over_is_given_to_nobody() -> None:
    """Whoever serves the line finds it done, and goes on to the next."""
    turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    assert not await comes(turn, asyncio.get_running_loop().time())
    assert turn.done()


async def test_those_behind_a_silent_ledger_are_turned_away() -> None:
    """The first asks and is not answered; the second goes back from within the line."""
    limiter = Limiter("main", cast(Executor, SilentLedger()), 1000, waiting=Waiting(wait_s=0.02))
    first = asyncio.create_task(limiter.take())
    await asyncio.sleep(0)
    assert not await asyncio.wait_for(limiter.take(), 10)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_credit_is_not_waited_for_beyond_the_time_of_a_claim() -> None:
    """Those before it have the turns; when its time is over it goes, and is not counted as asking."""
    gate, loop = CreditGate(), asyncio.get_running_loop()
    gate.refused(1)
    assert not await gate.enter(gate.turn(), until=loop.time())
    assert await asyncio.wait_for(gate.enter(gate.turn(), until=loop.time() + 60.0), 10)
    gate.leave()
