"""Looks at an order, ever less often, until who waits has something to do. The same for both faces of the API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from producers.acceptance import Order
from producers.errors import WaitTimeout

#: Pauses, seconds: first, and at the most.
LOOK_FIRST_S, LOOK_MAX_S = 0.02, 0.5


def waited(get: Callable[[], Order], timeout_s: float, *, or_asked: bool) -> Order:
    """The order once the wait is over. Raises as `Enqueuer.wait`."""
    pauses = _pauses(timeout_s)
    while not _over(order := get(), or_asked):
        time.sleep(_next(pauses, order, timeout_s))
    return order


async def waited_async(get: Callable[[], Awaitable[Order]], timeout_s: float, *, or_asked: bool) -> Order:
    """The same on an event loop."""
    pauses = _pauses(timeout_s)
    order = await get()
    while not _over(order, or_asked):
        await asyncio.sleep(_next(pauses, order, timeout_s))
        order = await get()
    return order


def _over(order: Order, or_asked: bool) -> bool:
    return order.final or (or_asked and (order.continuation is not None or order.link_url is not None))


def _pauses(timeout_s: float) -> Iterator[float]:
    """None that would end after the time."""
    ends_at, pause_s = time.monotonic() + timeout_s, LOOK_FIRST_S
    while time.monotonic() + pause_s <= ends_at:  # said so that a limit that is no number is over at once
        yield pause_s
        pause_s = min(pause_s * 2, LOOK_MAX_S)


def _next(pauses: Iterator[float], order: Order, timeout_s: float) -> float:
    pause_s = next(pauses, None)
    if pause_s is None:
        raise WaitTimeout(order.order_id, order.state, timeout_s)
    return pause_s
