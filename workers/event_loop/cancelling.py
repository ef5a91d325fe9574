"""Ends tasks for certain.

Until Python 3.12 `asyncio.wait_for` forgets a cancellation that arrives just as what it waits for is done, and
redis-py waits so for every command it sends. A task cancelled at that moment goes on as if nothing had been said, and
who cancels once and then waits for it may wait for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

#: Seconds until a task that has not ended is cancelled again.
AGAIN_S = 0.1


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until every one of them has ended."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
