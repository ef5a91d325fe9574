"""Asks the gateway for its newest chargebacks, and turns each new word of it into one event.

There is no notification of chargebacks and no page beyond the newest hundred, so they are asked for again and again.
What was told is remembered in the ledger in the step that tells it: two pollers at once do no harm, nor does one that
dies between reading and telling.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

from cardinity_client import CardinityClient, Chargeback
from cardinity_client.client import PAGE_MAX
from cardinity_client.errors import GatewayReadError
from producers.contract.chargebacks import STOPPING, chargeback_event, dispute_name
from producers.contract.events import encode
from producers.errors import ProducerError
from producers.runtime.ledger import disputes, keys
from producers.runtime.ledger.executors import Executor
from workers.disputes.kin import stop_kin
from workers.disputes.news import News, news_in, questions
from workers.disputes.origin import origin_of
from workers.duties.leader import rest

#: Seconds until the next try after one that failed or left something untold.
AGAIN_S: Final = 30.0


class DisputeWatcher(Protocol):
    """What the poller tells about itself."""

    def chargebacks_read(self, result: str, unread_rows: int) -> None: ...
    def chargeback(self, status: str, payment_id: str) -> None: ...
    def chargebacks_missed(self, account: str) -> None: ...
    def trouble(self, where: str, code: str, order_id: str) -> None: ...


class DisputePoller:
    """Polls one account while it leads, every `every_s` seconds."""

    def __init__(
        self, account: str, client: CardinityClient, ledger: Executor, watcher: DisputeWatcher, *, every_s: float
    ) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._watcher = watcher
        self._every_s = every_s

    async def run(self, lead: Callable[[], bool]) -> None:
        """Poll until leadership ends."""
        while lead():
            well = await self.poll()
            well = await self.search(lead) and well
            await rest(self._every_s if well else min(AGAIN_S, self._every_s), lead)

    async def poll(self) -> bool:
        """Read one page and tell what is new on it; whether nothing had to be left for the next time."""
        try:
            listed = await self._client.list_chargebacks(PAGE_MAX)
        except GatewayReadError as error:
            self._failed("failed", error.code, 0)
            return False
        try:
            book = keys.disputes(self._account)
            known, is_old = await asyncio.gather(
                self._ledger.read("HMGET", book, *questions(listed)) if listed.items else _nothing(),
                self._ledger.read("EXISTS", book),
            )
            well = await self._tell(news_in(listed, known, first=not is_old, limit=PAGE_MAX))
        except ProducerError as error:
            self._failed("not_kept", error.code, listed.unparsed)
            return False
        self._watcher.chargebacks_read("kept" if well else "not_kept", listed.unparsed)
        return well

    async def search(self, lead: Callable[[], bool]) -> bool:
        """Stop the other payments of cards that were disputed; whether that came to its end."""
        try:
            await stop_kin(self._account, self._ledger, lead)
        except ProducerError as error:
            self._watcher.trouble("disputes", error.code, "")
            return False
        return True

    async def _tell(self, news: News) -> bool:
        if news.pushed_out:
            # Before anything is remembered: whoever comes after a death here sees the same page and says it again.
            self._watcher.chargebacks_missed(self._account)
        told = [await self._tell_one(chargeback) for chargeback in news.fresh]
        return all(told)

    async def _tell_one(self, chargeback: Chargeback) -> bool:
        """Whether this one is told now. One whose payment cannot be read waits, and nothing waits for it."""
        try:
            origin = await origin_of(chargeback, self._account, self._client, self._ledger)
        except GatewayReadError as error:
            self._watcher.trouble("disputes", error.code, "")
            return False
        event = chargeback_event(
            chargeback, account=self._account, order_id=origin.order_id, time_ms=int(time.time() * 1000)
        )
        stops = chargeback.status in STOPPING
        call = disputes.tell(
            self._account,
            dispute_name(chargeback.id),
            chargeback.status,
            event=encode(event),
            order_id=origin.order_id,
            stop=(chargeback.payment_id, *filter(None, (origin.instrument,))) if stops else (),
            search=origin.instrument if stops else "",
        )
        if await self._ledger.run(call):
            self._watcher.chargeback(chargeback.status, chargeback.payment_id)
        return True

    def _failed(self, result: str, code: str, unread_rows: int) -> None:
        self._watcher.chargebacks_read(result, unread_rows)
        self._watcher.trouble("disputes", code, "")


async def _nothing() -> list[bytes | None]:
    return []
