"""Ends tasks for certain.

Until Python 3.12 `asyncio.wait_for` forgets a cancellation that arrives just as what it waits for is done, and
redis-py waits so for every command it sends. A task cancelled at that moment goes on as if nothing had been said, and
who cancels once and then waits for it may wait for ever.

A task that is ended so may itself end others on its way out. It is cancelled again while it waits for them, and must
not leave them behind for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

#: Seconds until a task that has not ended is cancelled again.
AGAIN_S = 0.1


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until every one of them has ended.

    Raises:
        CancelledError: when they have, if the caller was cancelled meanwhile and was not on its way out before.
    """
    pending = {task for task in tasks if not task.done()}
    caller = asyncio.current_task()
    leaving = caller is not None and caller.cancelling() > 0
    cancelled = False
    while pending:
        for task in pending:
            task.cancel()
        try:
            _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
        except asyncio.CancelledError:
            cancelled = True
            pending = {task for task in pending if not task.done()}
    if cancelled and not leaving:
        raise asyncio.CancelledError
