"""The gate in front of intents: who may ask for a credit, and when."""

from __future__ import annotations

import asyncio

import pytest

from workers.payments.gate import CreditGate, Draining


async def test_nobody_waits_while_credits_last() -> None:
    """Entering an open gate does not even yield."""
    gate = CreditGate()
    await asyncio.wait_for(gate.enter(), 1)
    assert gate.waiting == 0


async def test_the_refused_ask_one_after_the_other() -> None:
    """With no grant at all, everybody still gets to ask again in the end."""
    gate = CreditGate()
    await asyncio.wait_for(asyncio.gather(*(gate.refused() for _ in range(20))), 10)
    assert gate.waiting == 0


async def test_a_grant_lets_as_many_follow_as_there_are_credits() -> None:
    """Forty credits left, forty orders through at once."""
    gate = CreditGate()
    waiting = [asyncio.create_task(gate.refused()) for _ in range(50)]
    await asyncio.sleep(0)
    gate.granted(40)
    await asyncio.sleep(0)
    assert sum(task.done() for task in waiting) == 40
    await asyncio.wait_for(asyncio.gather(*waiting), 10)


async def test_the_gate_opens_again_when_nobody_waits() -> None:
    """After a drought the next order enters without waiting."""
    gate = CreditGate()
    await gate.refused()
    while gate.pacing:
        await asyncio.sleep(0)
    await asyncio.wait_for(gate.enter(), 1)


async def test_draining_turns_everybody_away() -> None:
    """Those who wait and those who come: nothing new is promised."""
    gate = CreditGate()
    waiting = asyncio.create_task(gate.refused())
    await asyncio.sleep(0)
    gate.drain()
    with pytest.raises(Draining):
        await waiting
    with pytest.raises(Draining):
        await gate.enter()
