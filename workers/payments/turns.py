"""Waiting for one's turn, with an end: whoever waits holds a claim, and a claim that ends in waiting counts against its
order.
"""

from __future__ import annotations

import asyncio


async def comes(turn: asyncio.Future[bool], until: float) -> bool:
    """What whoever serves the line has said of this turn; False once that moment of the loop's clock is there. The turn
    is over then, so nobody gives it away any more."""
    timer = asyncio.get_running_loop().call_at(until, _over, turn)
    try:
        return await turn
    finally:
        timer.cancel()


def _over(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
