"""Waiting for another process: the one place that sleeps, so every wait is bounded and names its wish."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds between two looks. Short against what is waited for, long against what a look costs.
PAUSE_S = 0.01
#: Seconds that a fact may take, unless told otherwise. Only what never comes is waited for so long: a command that
#: takes a second by itself has taken fifteen beside others.
WITHIN_S = 60.0


def eventually(look: Callable[[], T], wish: str, *, within_s: float = WITHIN_S) -> T:
    """The first truthy thing `look` returns; fails with the last thing seen when none comes in time."""
    give_up_at = time.monotonic() + within_s
    while not (seen := look()):
        assert time.monotonic() < give_up_at, f"waited {within_s} s for: {wish}; last seen: {seen!r}"
        time.sleep(PAUSE_S)
    return seen


def awaited(look: Callable[[], T], *, within_s: float) -> T:
    """As `eventually` for those who go on either way: the first truthy thing, or the last one when time is over."""
    give_up_at = time.monotonic() + within_s
    while not (seen := look()) and time.monotonic() < give_up_at:
        time.sleep(PAUSE_S)
    return seen


async def eventually_async(look: Callable[[], Awaitable[T]], wish: str, *, within_s: float = WITHIN_S) -> T:
    """The same on an event loop."""
    give_up_at = time.monotonic() + within_s
    while not (seen := await look()):
        assert time.monotonic() < give_up_at, f"waited {within_s} s for: {wish}; last seen: {seen!r}"
        await asyncio.sleep(PAUSE_S)
    return seen
