"""Lets intents through no faster than send credits appear, without asking the ledger once per waiting order.

Credits live in the ledger, because they bound all workers of an account together. When they run out, one order of
this process asks every few milliseconds and the others queue behind it, those of batches last; a grant says how many
may follow. Orders that are already asking count against that number, or every grant would send the same credits to
many.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import deque
from collections.abc import Callable

from workers.precedence import SHARE, Line

#: Seconds between two orders that are let through to ask while credits are out. At 3,000 payments a second 60 credits
#: last 20 ms: a longer wait would be a part of every payment's.
ASK_EVERY_S = 0.005
#: Credits left at which the mirror is told to read again. Half a grant when nobody is ever refused; every refusal shows
#: that the rest did not last until the read had begun, so it is told earlier, and later again as grants go well.
LOW_MIN, LOW_MAX, LOW_UP, LOW_DOWN = 30.0, 50.0, 1.0, 0.02


class Draining(Exception):
    """This worker is stopping: nothing new may be promised."""


class CreditGate:
    """The queue in front of one account's intents, in one process. `on_low` is called when credits get scarce, with the
    number of intents that the ledger had counted then.

    `sharers` is how many processes hear of the same credits: each lets its share through, and the rest with the
    grants that follow. `batch_share` is as in `precedence`.
    """

    def __init__(
        self, on_low: Callable[[int], None] = lambda _: None, *, sharers: int = 1, batch_share: int = SHARE
    ) -> None:
        self._on_low = on_low
        self._sharers = sharers
        #: Those who wait, by their turn: whoever was refused keeps its place before all of its like who came later.
        self._queue: Line[asyncio.Future[bool]] = Line(batch_share)
        #: Until when each of them waits at the most, as they came: a timer each would cost more than all of this.
        self._ends: deque[tuple[float, asyncio.Future[bool]]] = deque()
        self._turns = itertools.count()
        self._pacer: asyncio.Task[None] | None = None
        self._asking = 0
        self._low = LOW_MIN
        self._draining = False

    @property
    def waiting(self) -> int:
        """Orders queued for a credit in this process."""
        return len(self._queue)

    @property
    def pacing(self) -> bool:
        """Whether credits ran out a moment ago."""
        return self._pacer is not None

    @property
    def draining(self) -> bool:
        """Whether nothing new may be promised."""
        return self._draining

    def drain(self) -> None:
        """Turn away everybody who waits, and everybody who comes."""
        self._draining = True
        self._let_through(len(self._queue))

    def turn(self) -> int:
        """One's place among those who wait here, kept until an intent was granted."""
        return next(self._turns)

    async def enter(self, turn: int, *, batch: bool = False, until: float = math.inf) -> bool:
        """Wait for one's turn to ask for an intent, at the most until that moment of the loop's clock; no wait at all
        while nobody was refused. Whether it came: then call `leave`.

        Raises:
            Draining: the worker is stopping.
        """
        if self._draining:
            raise Draining
        if self._pacer is None:
            self._asking += 1
            return True
        through: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.add(turn, through, batch=batch)
        self._ends.append((until, through))
        if not await through:
            return False
        # Counted as asking by whoever let it through.
        if self._draining:
            self._asking -= 1
            raise Draining
        return True

    def leave(self) -> None:
        """The answer is there, whatever it was."""
        self._asking -= 1

    def granted(self, credits_left: int, sequence: int) -> None:
        """It was an intent, the `sequence`th of the ledger, which has this many credits left for everybody."""
        self._low = max(LOW_MIN, self._low - LOW_DOWN)
        if credits_left <= self._low:
            self._on_low(sequence)
        self.renewed(credits_left)

    def renewed(self, credits: int) -> None:
        """The ledger has so many credits for everybody: let this process' share through."""
        if self._queue:
            self._let_through(credits // self._sharers - self._asking)

    def refused(self, sequence: int) -> None:
        """It was a refusal for want of credits, after so many intents: whoever enters now queues up."""
        self._low = min(LOW_MAX, self._low + LOW_UP)
        self._on_low(sequence)
        if self._pacer is None and not self._draining:
            self._pacer = asyncio.create_task(self._pace())

    async def _pace(self) -> None:
        await asyncio.sleep(ASK_EVERY_S)
        while self._queue:
            self._turn_away()
            self._let_through(1)
            await asyncio.sleep(ASK_EVERY_S)
        self._ends.clear()
        self._pacer = None

    def _turn_away(self) -> None:
        """Those whose time is over."""
        now = asyncio.get_running_loop().time()
        while self._ends and (self._ends[0][0] <= now or self._ends[0][1].done()):
            _, through = self._ends.popleft()
            if not through.done():
                through.set_result(False)

    def _let_through(self, many: int) -> None:
        while many > 0 and self._queue:
            through = self._queue.pop()
            if not through.done():
                through.set_result(True)
                self._asking += 1
                many -= 1
