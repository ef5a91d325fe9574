"""Teaches the counters what became of orders, from the event stream: whoever records an outcome waits for nobody, and
an outcome that the resolver found counts as any. One worker does it; where it is, is kept with what was learnt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from producers.feed import READ_MAX, Position, entries_of
from producers.runtime.ledger import keys, risk_calls
from producers.runtime.ledger.executors import Executor
from workers.risk.counters import LedgerCounters
from workers.risk.outcomes import lessons
from workers.risk.rules import RuleSet

#: Seconds between two looks for news: so much later than it was told an outcome counts.
LOOK_EVERY_S: Final = 0.2


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
        position = Position(after.decode() if after else "0")
        entries = entries_of(await self._ledger.read("XREAD", "COUNT", READ_MAX, "STREAMS", keys.EVENTS, str(position)))
        if not entries:
            return 0
        taught = [lesson for _, event in entries for lesson in lessons(event, self._rules)]
        await self._counters.learn(taught)
        await self._ledger.run(risk_calls.learnt(entries[-1][0]))
        return len(entries)
