"""One merchant account as the spine sees it: its client, its gate, and whether anything may be sent now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cardinity_client import CardinityClient
from producers.errors import ProducerError
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from workers.payments.gate import CreditGate
from workers.resolver.journal import journal_from
from workers.resolver.verdict import Rules, believable

#: Seconds an account rests after 401 or 403; then one order tries whether the key was mended.
ACCOUNT_PAUSE_S = 15.0
#: Seconds between two looks for the reads that a rate-limited order waits for.
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing may be sent now: why, and in how many seconds to come again."""

    why: str
    wait_s: float


class Lane:
    """Sending for one account, in one process."""

    def __init__(
        self,
        account: str,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        *,
        breaker_wait_s: float,
        on_low_credits: Callable[[int], None],
        sharers: int,
    ) -> None:
        self.account = account
        self.client = client
        self.gate = CreditGate(on_low_credits, sharers=sharers)
        self._ledger = ledger
        self._rules = rules
        self._breaker_wait_s = breaker_wait_s
        self._paused_until = 0.0
        self._why = ""
        self.in_flight = 0

    async def closed(self) -> Closed | None:
        """Why this lane sends nothing at the moment, if so."""
        left_s = self._paused_until - asyncio.get_running_loop().time()
        if left_s > 0:
            return Closed(self._why, left_s)
        if not await self.client.ready():
            return Closed("breaker_open", self._breaker_wait_s)
        return None

    def pause(self, why: str, *, for_s: float = ACCOUNT_PAUSE_S) -> None:
        """Send nothing for a while."""
        self._why, self._paused_until = why, asyncio.get_running_loop().time() + for_s

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Counts the requests that are under way."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def unseen_since(self, record: Record, ends_at: float) -> bool:
        """Whether the list, read after now, shows nothing of this order and hides nothing either (see `believable`).
        False too when it was not read often enough in time."""
        loop = asyncio.get_running_loop()
        try:
            refused_at_ms = _milliseconds(await self._ledger.read("TIME"))
            while loop.time() < ends_at:
                verdict = await self._look(record.order_id, refused_at_ms, patience_s=ends_at - loop.time())
                if verdict is not None:
                    return verdict
                await asyncio.sleep(LOOK_EVERY_S)
        except ProducerError:
            return False
        return False

    async def _look(self, order_id: str, refused_at_ms: int, *, patience_s: float) -> bool | None:
        found = await self._ledger.run(calls.evidence(order_id, self.account), patience_s=patience_s)
        if found.rows:
            return False
        return believable(found.record.intent_at_ms, refused_at_ms, journal_from(found.journal), self._rules)


def _milliseconds(time: list[bytes]) -> int:
    return int(time[0]) * 1000 + int(time[1]) // 1000
