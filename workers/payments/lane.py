"""One merchant account as the spine sees it: its client, its gate, and whether anything may be sent now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from cardinity_client import CardinityClient
from producers.errors import ProducerError
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from workers.payments.gate import CreditGate
from workers.resolver.journal import Journal

#: Seconds an account rests after 401 or 403; then one order tries whether the key was mended.
ACCOUNT_PAUSE_S = 15.0
#: Seconds between two looks for the scan that a rate-limited order waits for.
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
        *,
        breaker_wait_s: float,
        on_low_credits: Callable[[], None],
        sharers: int,
    ) -> None:
        self.account = account
        self.client = client
        self.gate = CreditGate(on_low_credits, sharers=sharers)
        self._ledger = ledger
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

    async def unseen_in_next_scan(self, record: Record, ends_at: float) -> bool:
        """Whether a list read begun after now shows nothing of this order; False too when none came in time."""
        loop = asyncio.get_running_loop()
        try:
            after_ms = _milliseconds(await self._ledger.read("TIME"))
            while loop.time() < ends_at:
                journal, seen = await asyncio.gather(
                    self._ledger.read("HGET", keys.coverage(self.account), "journal"),
                    self._ledger.read("EXISTS", keys.seen(record.order_id)),
                )
                if seen:
                    return False
                if journal and msgspec.json.decode(journal, type=Journal).clean_since(after_ms, 1):
                    return True
                await asyncio.sleep(LOOK_EVERY_S)
        except ProducerError:
            return False
        return False


def _milliseconds(time: list[bytes]) -> int:
    return int(time[0]) * 1000 + int(time[1]) // 1000
