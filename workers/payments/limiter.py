"""Holds an account to its rate: tokens from a bucket that all workers share, a handful at a time.

One question to the ledger is answered with the tokens of a twentieth of a second, so most orders ask nobody. What the
gateway thinks of the rate changes it: a 429 halves it, answers that have become several times slower take a tenth off,
and without complaint it grows back to its ceiling.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from producers.runtime.ledger import rates
from producers.runtime.ledger.executors import Executor

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
    """One process' share of an account's rate."""

    def __init__(self, account: str, ledger: Executor, ceiling: int) -> None:
        self._account = account
        self._ledger = ledger
        self._ceiling = ceiling
        self._handful = max(1, int(ceiling * HANDFUL_S))
        self._left = 0
        self._good_until = 0.0
        self._keep = UNCHANGED
        self._latency = Latency()
        self._asking = asyncio.Lock()

    async def take(self, give_up_at: float) -> bool:
        """Wait for a token, at the most until that moment of the loop's clock; whether there was one.

        Raises:
            ProducerError: the ledger does not answer.
        """
        loop = asyncio.get_running_loop()
        while True:
            if self._left and loop.time() < self._good_until:
                self._left -= 1
                return True
            if loop.time() >= give_up_at:
                return False
            async with self._asking:  # whoever waits here is served in turn
                if not self._left or loop.time() >= self._good_until:
                    await self._ask(loop)

    def answered(self, duration_s: float) -> None:
        """The gateway has answered a charge, after so many seconds."""
        self._latency.book(duration_s)
        if self._latency.slow:
            self._keep = min(self._keep, AFTER_SLOW)

    def complained(self) -> None:
        """The gateway said that it was too much."""
        self._keep = AFTER_429

    async def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        keep, self._keep = self._keep, UNCHANGED
        leased = await self._ledger.run(rates.tokens(self._account, self._ceiling, self._handful, keep))
        self._left, self._good_until = leased.count, loop.time() + GOOD_FOR_S
        if not leased.count:
            await asyncio.sleep(leased.wait_s)
