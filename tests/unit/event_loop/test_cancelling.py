"""Tasks end even when a cancellation gets lost on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from workers.event_loop.cancelling import cancel_and_wait


async def _deaf_once() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def test_a_task_that_missed_its_cancellation_is_cancelled_again() -> None:
    """As after `asyncio.wait_for` of Python 3.11 swallowed the first one."""

    task = asyncio.create_task(_deaf_once())
    await asyncio.sleep(0)
    await cancel_and_wait([task])
    assert task.cancelled()


async def test_tasks_that_have_ended_are_left_as_they_are() -> None:
    """A result is not turned into a cancellation."""

    async def answer() -> int:
        return 42

    task = asyncio.create_task(answer())
    await task
    await cancel_and_wait([task])
    assert task.result() == 42


async def test_who_is_ended_leaves_none_of_its_own_behind() -> None:
    """It is cancelled again while it waits for one that missed its cancellation, and goes on to its own end."""
    steps: list[str] = []

    async def leader() -> None:
        duty = asyncio.create_task(_deaf_once())
        try:
            await asyncio.Event().wait()
        finally:
            await cancel_and_wait([duty])
            steps.append(f"its duty is over: {duty.cancelled()}")

    task = asyncio.create_task(leader())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await cancel_and_wait([task])
    assert (steps, task.cancelled()) == (["its duty is over: True"], True)


async def test_who_is_cancelled_as_it_ends_others_hears_of_it_afterwards() -> None:
    """It was not on its way out: once the others have ended, it is."""
    other = asyncio.create_task(_deaf_once())
    await asyncio.sleep(0)
    ending = asyncio.create_task(cancel_and_wait([other]))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert other.cancelled()
