"""Holds an account to its rate: tokens from a bucket that all workers share, a handful at a time.

One question to the ledger is answered with the tokens of a twentieth of a second, so most orders ask nobody. Who waits
for the next is served in turn, batches last. What the
gateway thinks of the rate changes it: a 429 halves it, answers that have become several times slower take a tenth off,
and without complaint it grows back to its ceiling.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from producers.runtime.ledger import rates
from producers.runtime.ledger.executors import Executor
from workers.precedence import SHARE, Line

#: Seconds whose tokens are taken at a time, and for which they are good.
HANDFUL_S, GOOD_FOR_S = 0.05, 1.0
#: Percent of the rate that is left after a 429, and after answers have become slow.
AFTER_429, AFTER_SLOW, UNCHANGED = 50, 90, 100
#: Answers are slow when they take this many times their usual time, and more than so many seconds.
SLOW_TIMES, SLOW_S = 3.0, 1.0
#: How much one answer says of the present, and of what is usual.
_PRESENT, _USUAL = 0.1, 0.005


@dataclass(slots=True)
class Latency:
    """The time of answers, seconds: the present and the usual one, as averages that forget."""

    present_s: float = 0.0
    usual_s: float = 0.0

    def book(self, seconds: float) -> None:
        """One more answer."""
        if not self.usual_s:
            self.present_s = self.usual_s = seconds
            return
        self.present_s += _PRESENT * (seconds - self.present_s)
        # What is slow now must not become usual within an outage.
        self.usual_s += _USUAL * (min(seconds, SLOW_TIMES * self.usual_s) - self.usual_s)

    @property
    def slow(self) -> bool:
        """Whether answers take several times as long as usual."""
        return self.present_s > SLOW_S and self.present_s > SLOW_TIMES * self.usual_s


class Limiter:
    """One process' share of an account's rate. `batch_share` is as in `precedence`."""

    def __init__(self, account: str, ledger: Executor, ceiling: int, *, batch_share: int = SHARE) -> None:
        self._account = account
        self._ledger = ledger
        self._ceiling = ceiling
        self._handful = max(1, int(ceiling * HANDFUL_S))
        self._left = 0
        self._good_until = 0.0
        self._keep = UNCHANGED
        self._latency = Latency()
        self._line: Line[asyncio.Future[None]] = Line(batch_share)
        self._turns = itertools.count()
        self._asking = False

    async def take(self, give_up_at: float, *, batch: bool = False) -> bool:
        """Wait for a token, at the most until that moment of the loop's clock; whether there was one.

        Raises:
            ProducerError: the ledger does not answer.
        """
        loop = asyncio.get_running_loop()
        turn = next(self._turns)
        if not self._line and self._taken(loop):
            return True
        while loop.time() < give_up_at:
            async with self._foremost(turn, batch):
                if self._taken(loop):
                    return True
                await self._ask(loop)
                if self._taken(loop):
                    return True
        return False

    def answered(self, duration_s: float) -> None:
        """The gateway has answered a charge, after so many seconds."""
        self._latency.book(duration_s)
        if self._latency.slow:
            self._keep = min(self._keep, AFTER_SLOW)

    def complained(self) -> None:
        """The gateway said that it was too much."""
        self._keep = AFTER_429

    def _taken(self, loop: asyncio.AbstractEventLoop) -> bool:
        if not self._left or loop.time() >= self._good_until:
            return False
        self._left -= 1
        return True

    @asynccontextmanager
    async def _foremost(self, turn: int, batch: bool) -> AsyncIterator[None]:
        """Wait until it is one's turn, and be the only one whose it is."""
        if self._asking:
            through: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._line.add(turn, through, batch=batch)
            try:
                await through
            except asyncio.CancelledError:
                if not through.cancelled():
                    self._next()
                raise
        self._asking = True
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        while self._line:
            through = self._line.pop()
            if not through.done():
                through.set_result(None)
                return
        self._asking = False

    async def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        keep, self._keep = self._keep, UNCHANGED
        leased = await self._ledger.run(rates.tokens(self._account, self._ceiling, self._handful, keep))
        self._left, self._good_until = leased.count, loop.time() + GOOD_FOR_S
        if not leased.count:
            await asyncio.sleep(leased.wait_s)
