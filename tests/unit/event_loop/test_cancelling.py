"""Tasks end even when a cancellation gets lost on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from workers.event_loop.cancelling import cancel_and_wait


async def test_a_task_that_missed_its_cancellation_is_cancelled_again() -> None:
    """As after `asyncio.wait_for` of Python 3.11 swallowed the first one."""

    async def deaf_once() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_once())
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
