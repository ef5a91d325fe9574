"""Holds an account to its rate: tokens from a bucket that all workers share, a handful at a time.

One question to the ledger is answered with the tokens of a twentieth of a second, so most orders ask nobody. Who waits
for the next is served in turn, batches last. What the gateway thinks of the rate changes it: a 429 halves it, answers
that have become several times slower take a tenth off, and without complaint it grows back to its ceiling.

Whoever waits here does so with a claim, and a claim that ends in waiting counts against its order (rule R9). So only as
many wait as will have their turn in time. The others go back at once, each with a moment of its own at which to come
again: they come no faster than they can be sent, however many there are.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass

from producers.runtime.ledger import rates
from producers.runtime.ledger.executors import Executor
from workers.payments.turns import comes
from workers.precedence import SHARE, Line

#: Seconds whose tokens are taken at a time, and for which they are good.
HANDFUL_S, GOOD_FOR_S = 0.05, 1.0
#: Seconds a question to the ledger is repeated for: whoever gives up on it leaves its claim to the lease.
PATIENCE_S = 2.0
#: Percent of what a process sends within `wait_s` that may wait there, of those that somebody waits for. Of batches it
#: is their share: they have their turn in time even while others take the rest.
ROOM = 50
#: The longest that an order is told to rest, seconds. The rate may have been raised meanwhile.
REST_MAX_S = 3600.0
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """How orders wait for their turn in one process: for how long, seconds; how many processes share the rate; how many
    orders of a kind wait at once at the most, so that there are slots left for other accounts."""

    wait_s: float = 15.0
    sharers: int = 1
    most: int = 256


class Limiter:
    """One process' share of an account's rate. `batch_share` is as in `precedence`."""

    def __init__(
        self,
        account: str,
        ledger: Executor,
        ceiling: int,
        *,
        batch_share: int = SHARE,
        waiting: Waiting = Waiting(),
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._ceiling = ceiling
        self._rate = float(ceiling)
        self._handful = max(1, int(ceiling * HANDFUL_S))
        self._left = 0
        self._good_until = 0.0
        self._keep = UNCHANGED
        self._latency = Latency()
        self._line: Line[asyncio.Future[bool]] = Line(batch_share)
        self._turns = itertools.count()
        self._asking = False
        self._draining = False
        self._rules = waiting
        self._room = {False: ROOM, True: min(ROOM, batch_share)}
        self._waiting: Counter[bool] = Counter()
        #: Until when the tokens to come are spoken for by those who were turned away.
        self._booked_until: dict[bool, float] = {False: 0.0, True: 0.0}

    async def take(self, *, batch: bool = False) -> bool:
        """Wait for a token; whether there was one. No wait at all where too many wait already.

        Raises:
            ProducerError: the ledger does not answer.
        """
        loop = asyncio.get_running_loop()
        if not self._line and self._taken(loop):
            return True
        if self._draining or self._waiting[batch] >= self._capacity(batch):
            return False
        self._waiting[batch] += 1
        try:
            return await self._wait(loop, batch)
        finally:
            self._waiting[batch] -= 1

    def vacancies(self, *, batch: bool = False) -> int:
        """How many more may come to wait: none until a quarter of the places is free, because one fetch from the queue
        costs as much for one order as for many."""
        capacity = self._capacity(batch)
        free = capacity - self._waiting[batch]
        return free if 4 * free >= capacity else 0

    def rest_s(self, *, batch: bool = False) -> float:
        """In how many seconds to come again for whoever had no turn: for each one that is told so one token later."""
        now = asyncio.get_running_loop().time()
        rest_s = max(0.0, self._booked_until[batch] - now) + 1 / self._rate
        if rest_s > REST_MAX_S:
            # Spread, or all of these would come at the same moment.
            return REST_MAX_S * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        self._booked_until[batch] = now + rest_s
        return rest_s

    def drain(self) -> None:
        """Turn away everybody who waits, and everybody who comes."""
        self._draining = True
        while self._line:
            _settle(self._line.pop(), comes=False)

    def answered(self, duration_s: float) -> None:
        """The gateway has answered a charge, after so many seconds."""
        self._latency.book(duration_s)
        if self._latency.slow:
            self._keep = min(self._keep, AFTER_SLOW)

    def complained(self) -> None:
        """The gateway said that it was too much."""
        self._keep = AFTER_429

    def _capacity(self, batch: bool) -> int:
        sent = self._rate / self._rules.sharers * self._rules.wait_s
        return max(1, min(self._rules.most, int(sent * self._room[batch] / 100)))

    async def _wait(self, loop: asyncio.AbstractEventLoop, batch: bool) -> bool:
        turn, until = next(self._turns), loop.time() + self._rules.wait_s
        while loop.time() < until and await self._foremost(turn, batch, until):
            try:
                if self._draining:
                    return False
                if self._taken(loop):
                    return True
                await self._ask(loop, until)
                if self._taken(loop):
                    return True
            finally:
                self._next()
        return False

    def _taken(self, loop: asyncio.AbstractEventLoop) -> bool:
        if not self._left or loop.time() >= self._good_until:
            return False
        self._left -= 1
        return True

    async def _foremost(self, turn: int, batch: bool, until: float) -> bool:
        """Whether one's turn comes in time. Then nobody else's is it, until `_next`."""
        if not self._asking:
            self._asking = True
            return True
        through: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._line.add(turn, through, batch=batch)
        try:
            return await comes(through, until)
        except asyncio.CancelledError:
            if through.done() and not through.cancelled() and through.result():
                self._next()
            raise

    def _next(self) -> None:
        while self._line:
            if _settle(self._line.pop(), comes=True):
                return
        self._asking = False

    async def _ask(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        keep, self._keep = self._keep, UNCHANGED
        asked = rates.tokens(self._account, self._ceiling, self._handful, keep)
        leased = await self._ledger.run(asked, patience_s=PATIENCE_S)
        self._left, self._good_until, self._rate = leased.count, loop.time() + GOOD_FOR_S, leased.rate
        if not leased.count:
            await asyncio.sleep(min(leased.wait_s, max(0.0, until - loop.time())))


def _settle(through: asyncio.Future[bool], *, comes: bool) -> bool:
    """Whether somebody still waited to hear it."""
    if through.done():
        return False
    through.set_result(comes)
    return True
