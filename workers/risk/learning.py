"""Teaches the counters what became of orders, from the event stream: whoever records an outcome waits for nobody, and
an outcome that the resolver found counts as any. One worker does it; where it is, is kept with what was learnt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from producers.contract.events import decode
from producers.errors import EventError
from producers.feed import READ_MAX
from producers.runtime.ledger import keys, risk_calls
from producers.runtime.ledger.executors import Executor
from workers.risk.counters import LedgerCounters
from workers.risk.outcomes import CardOf, Lesson, lessons
from workers.risk.rules import RuleSet

#: Seconds between two looks for news: so much later than it was told an outcome counts.
LOOK_EVERY_S: Final = 0.2

#: Stands in every event of an order that was judged.
_JUDGED: Final = b'"risk":'


class Learning:
    """Learns while it leads."""

    def __init__(self, ledger: Executor, rules: RuleSet) -> None:
        self._ledger = ledger
        self._counters = LedgerCounters(ledger)
        self._rules = rules

    async def run(self, lead: Callable[[], bool]) -> None:
        """Learn until leadership ends."""
        while lead():
            if not await self.learn():
                await asyncio.sleep(LOOK_EVERY_S)

    async def learn(self) -> int:
        """Learn from the next events; answers how many there were. Repeated after a death, it changes nothing."""
        after = await self._ledger.read("GET", risk_calls.LEARNT)
        position = after.decode() if after else "0"
        entries = await self._ledger.read("XRANGE", keys.EVENTS, f"({position}", "+", "COUNT", READ_MAX)
        if not entries:
            return 0
        taught = [lesson for _, fields in entries for lesson in self._lessons(fields)]
        if taught:
            await self._counters.learn(taught)
        await self._ledger.run(risk_calls.learnt(entries[-1][0].decode()))
        return len(entries)

    def _lessons(self, fields: Sequence[bytes]) -> Iterator[Lesson | CardOf]:
        text = fields[fields.index(b"event") + 1]
        # Most of what is told teaches nothing, and is not even read.
        if _JUDGED not in text:
            return
        try:
            yield from lessons(decode(text), self._rules)
        except EventError:
            return  # of a newer release
