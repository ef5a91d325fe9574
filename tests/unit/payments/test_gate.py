"""The gate in front of intents: who may ask for a credit, and when."""

from __future__ import annotations

import asyncio

import pytest

from tests.eventually import eventually_async
from workers.payments.gate import CreditGate, Draining


async def ask(gate: CreditGate) -> None:
    """Enter, be refused, and queue up again."""
    await gate.enter(gate.turn())
    gate.leave()
    gate.refused(1)
    await gate.enter(gate.turn())
    gate.leave()


async def test_nobody_waits_while_credits_last() -> None:
    """Entering an open gate does not even yield."""
    gate = CreditGate()
    await asyncio.wait_for(gate.enter(gate.turn()), 1)
    assert gate.waiting == 0


async def test_the_refused_ask_one_after_the_other() -> None:
    """With no grant at all, everybody still gets to ask again in the end."""
    gate = CreditGate()
    await asyncio.wait_for(asyncio.gather(*(ask(gate) for _ in range(20))), 10)
    assert gate.waiting == 0


async def test_a_grant_lets_others_follow() -> None:
    """Forty credits left and two processes: twenty orders through at once."""
    gate = CreditGate(sharers=2)
    gate.refused(1)
    waiting = [asyncio.create_task(gate.enter(gate.turn())) for _ in range(50)]
    await asyncio.sleep(0)
    gate.granted(40, 1)
    await asyncio.sleep(0)
    assert sum(task.done() for task in waiting) == 20
    await asyncio.wait_for(asyncio.gather(*waiting), 10)


async def test_those_who_are_asking_count_against_the_credits() -> None:
    """Thirty of forty credits are spoken for: ten more may ask."""
    gate = CreditGate()
    for _ in range(30):
        await gate.enter(gate.turn())
    gate.refused(1)
    waiting = [asyncio.create_task(gate.enter(gate.turn())) for _ in range(50)]
    await asyncio.sleep(0)
    gate.granted(40, 1)
    await asyncio.sleep(0)
    assert sum(task.done() for task in waiting) == 10
    await asyncio.wait_for(asyncio.gather(*waiting), 10)


async def test_scarce_credits_are_announced() -> None:
    """At half a grant, and when there are none, the mirror hears of it, and after how many intents that was."""
    calls: list[int] = []
    gate = CreditGate(calls.append)
    gate.granted(31, 7)
    assert calls == []
    gate.granted(30, 8)
    gate.refused(9)
    assert calls == [8, 9]


async def test_new_credits_need_not_be_asked_for() -> None:
    """Where the mirror leads, those who wait hear of a read that has begun: the share of this process goes on."""
    gate = CreditGate(sharers=2)
    gate.refused(1)
    waiting = [asyncio.create_task(gate.enter(gate.turn())) for _ in range(50)]
    await asyncio.sleep(0)
    gate.renewed(60)
    await asyncio.sleep(0)
    assert sum(task.done() for task in waiting) == 30
    await asyncio.wait_for(asyncio.gather(*waiting), 10)


async def test_the_gate_opens_again_when_nobody_waits() -> None:
    """After a drought the next order enters without waiting."""
    gate = CreditGate()

    async def gate_is_open() -> bool:
        return not gate.pacing

    gate.refused(1)
    await eventually_async(gate_is_open, "nobody is let through one by one any more")
    await asyncio.wait_for(gate.enter(gate.turn()), 1)


async def test_draining_turns_everybody_away() -> None:
    """Those who wait and those who come: nothing new is promised."""
    gate = CreditGate()
    gate.refused(1)
    waiting = asyncio.create_task(gate.enter(gate.turn()))
    await asyncio.sleep(0)
    gate.drain()
    with pytest.raises(Draining):
        await waiting
    with pytest.raises(Draining):
        await gate.enter(gate.turn())


async def test_whoever_was_refused_keeps_its_place() -> None:
    """It goes through before all who came later; at the end of the queue it would wait as long as there is load."""
    gate = CreditGate()
    refused = gate.turn()
    await gate.enter(refused)
    gate.leave()
    gate.refused(1)
    later = [asyncio.create_task(gate.enter(gate.turn())) for _ in range(10)]
    await asyncio.sleep(0)
    again = asyncio.create_task(gate.enter(refused))
    await asyncio.sleep(0)
    gate.renewed(1)
    await asyncio.sleep(0)
    assert (again.done(), [task.done() for task in later]) == (True, [False] * 10)
    await asyncio.gather(*later)


async def test_orders_of_batches_are_let_through_last() -> None:
    """Ten credits for one process: the five that somebody waits for, though they came last, then five of a batch."""
    gate = CreditGate()
    gate.refused(1)
    of_batch = [asyncio.create_task(gate.enter(gate.turn(), batch=True)) for _ in range(20)]
    await asyncio.sleep(0)
    waited_for = [asyncio.create_task(gate.enter(gate.turn())) for _ in range(5)]
    await asyncio.sleep(0)
    gate.granted(10, 1)
    await asyncio.sleep(0)
    assert [task.done() for task in waited_for] == [True] * 5
    assert [task.done() for task in of_batch] == [True] * 5 + [False] * 15
    await asyncio.wait_for(asyncio.gather(*of_batch), 10)
