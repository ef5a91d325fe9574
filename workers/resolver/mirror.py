"""The mirror of one account: reads the gateway's list, keeps what it says of our orders, and grows the coverage.

Each read also renews the send credits: between the starts of two reads no more POSTs may begin than a page can show.
A mirror that is blind, because its last read failed or it has just begun to lead, gives none: orders then wait.
Reads overlap in flight (at 3,000 payments a second and a 300 ms list some fifteen are needed), but their pages are
taken strictly in the order in which the reads began.

The mirror decides nothing; it writes evidence. Two mirrors of one account do no harm: the journal is
compare-and-set on the tag of its last writer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import msgspec

from cardinity_client import CardinityClient, Payment
from cardinity_client import Page as ListPage
from cardinity_client.errors import GatewayReadError
from producers.contract.follow_ups import token_in
from producers.errors import ProducerError
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.link_calls import LINKED
from workers.resolver.journal import Journal, Page, extend, journal_from
from workers.resolver.pace import Pace, next_pause_s
from workers.resolver.verdict import Row

#: Reads in flight at once.
READS_MAX = 32
#: Seconds between two looks at the credits while the account is idle: how late a first burst is noticed.
GLANCE_S = 0.02
#: (payment id, status) pairs remembered, so that rows are written once per change and not once per page.
REMEMBERED = 2_000


class MirrorWatcher(Protocol):
    """What the mirror tells about itself."""

    def scanned(self, result: str) -> None: ...
    def hole(self, account: str) -> None: ...
    def contradicted(self, order_id: str) -> None: ...
    def duplicates(self, order_id: str, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class MirrorRules:
    """Rows asked for per read, credits granted per read, and how many clean reads the journal remembers."""

    limit: int
    credits: int
    scans_kept: int
    pace: Pace


class Mirror:
    """Tails the list of one account while it leads."""

    def __init__(
        self,
        account: str,
        client: CardinityClient,
        ledger: Executor,
        rules: MirrorRules,
        watcher: MirrorWatcher,
        *,
        busy: Callable[[], bool],
        on_credits: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._rules = rules
        self._watcher = watcher
        self._busy = busy
        self._on_credits = on_credits
        self._known: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._known_set: set[tuple[str, str]] = set()
        self._tag, self._journal = "", Journal()
        self._wanted = asyncio.Event()
        #: How many intents the ledger had counted when the latest read began, and when credits were scarce.
        self._begun_after = self._scarce_after = 0
        #: The latest read was kept. Until the first one is, and after one that was not, no credits are given: a
        #: charge that nobody could find again must not be sent.
        self._sees = asyncio.Event()

    def hurry(self, sequence: int | None = None) -> None:
        """Begin the next read now. With a number: credits were scarce after so many intents.

        A read that has begun since has mended that: replies overtake each other, and every second read would be for
        nothing.
        """
        if sequence is None or sequence > self._begun_after:
            self._scarce_after = sequence or 0
            self._wanted.set()

    async def load(self) -> None:
        """Take over the journal as the leader before left it. Rows are written again: what this process wrote may have
        been undone by a failover since.
        """
        self._forget()
        self._begun_after = self._scarce_after = 0
        tag, journal = await self._ledger.read("HMGET", keys.coverage(self._account), "tag", "journal")
        self._tag = tag.decode() if tag else ""
        self._journal = journal_from(journal)

    async def run(self, lead: Callable[[], bool]) -> None:
        """Read until leadership ends: at least once, and what was begun is kept. A term so short that its first page is
        still under way would otherwise leave the mirror as blind as it was, and so would all the terms after it.

        Raises:
            ProducerError: the ledger did not answer, or is another one.
        """
        await self.load()
        reads: asyncio.Queue[tuple[int, asyncio.Task[ListPage]]] = asyncio.Queue(READS_MAX)
        try:
            async with asyncio.TaskGroup() as both:  # reads that nobody keeps are none: what ends the keeper ends all
                keeper = both.create_task(self._keep(reads))
                await self._begin(reads, lead)
                await reads.join()
                keeper.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _begin(self, reads: asyncio.Queue[tuple[int, asyncio.Task[ListPage]]], lead: Callable[[], bool]) -> None:
        pause_s, quiet = self._rules.pace.busy_s, 0
        while True:
            sees = self._sees.is_set()
            credits = self._rules.credits if sees else 0
            begun = await self._ledger.run(calls.begin_scan(self._account, credits), patience_s=0.2)
            # A failover may have undone intents that others were told of: what was scarce then is not known now.
            undone = begun.sequence < self._begun_after
            self._begun_after = begun.sequence
            if undone or self._scarce_after <= begun.sequence:
                self._wanted.clear()
            read = asyncio.create_task(self._client.list_payments(self._rules.limit))
            read.add_done_callback(_look_at)
            await reads.put((begun.at_ms, read))
            self._watcher.scanned("started")
            if sees:
                self._on_credits(credits)
                used = self._rules.credits - begun.credits_left
                pause_s = next_pause_s(self._rules.pace, pause_s, used=used, credits=self._rules.credits)
                # After what was sent come as many reads as a proof takes: other processes may be waiting for them.
                quiet = 0 if used or self._busy() else quiet + 1
                await self._rest(pause_s, lead, idle=quiet > self._rules.scans_kept)
            else:
                await self._until_it_sees()
            if not lead():
                return

    async def _rest(self, pause_s: float, lead: Callable[[], bool], *, idle: bool) -> None:
        if not idle:
            await self._sleep(pause_s)
            return
        until = asyncio.get_running_loop().time() + self._rules.pace.idle_s
        while lead() and not self._busy() and asyncio.get_running_loop().time() < until:
            left = await self._ledger.read("GET", keys.credits(self._account))
            if int(left or 0) < self._rules.credits:
                return
            await self._sleep(GLANCE_S)
            if self._wanted.is_set():
                return

    async def _until_it_sees(self) -> None:
        """Until a read was kept, at the most for one pause: a list that fails is not hammered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rules.pace.busy_s):
                await self._sees.wait()

    async def _sleep(self, seconds: float) -> None:
        """Until somebody hurries, at the most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()

    async def _keep(self, reads: asyncio.Queue[tuple[int, asyncio.Task[ListPage]]]) -> None:
        while True:
            started_ms, read = await reads.get()
            try:
                page = await read
                await self._sight(started_ms, page)
                self._sees.set()
            except GatewayReadError:
                self._sees.clear()
                self._watcher.scanned("failed")
            except ProducerError:
                self._sees.clear()
                # Nothing was kept, or it is not known to be kept: start again from what the ledger holds.
                self._watcher.scanned("not_kept")
                await self._reload()
            finally:
                reads.task_done()

    async def _reload(self) -> None:
        try:
            await self.load()
        except ProducerError:
            self._watcher.scanned("not_kept")

    async def _sight(self, started_ms: int, listed: ListPage) -> None:
        fresh = [p for p in listed.payments if (p.id, p.status) not in self._known_set]
        rules = self._rules
        journal = extend(self._journal, _facts(started_ms, listed, rules.limit), scans_kept=rules.scans_kept)
        rows = [(p.order_id, p.id, row_of(p).text) for p in fresh if p.order_id]
        # What was paid on a link carries a token in its description, whatever order_id the gateway may give it.
        rows += [
            (LINKED + token, p.id, row_of(p).text)
            for p in fresh
            if p.description and (token := token_in(p.description))
        ]
        # Drawn, not counted: after a failover another mirror may have come to the same number.
        tag = secrets.token_hex(16)
        reply = await self._ledger.run(calls.sight(self._account, self._tag, tag, msgspec.json.encode(journal), rows))
        if reply == "stale":
            self._watcher.scanned("stale")
            await self.load()
            return
        for payment in fresh:
            self._remember((payment.id, payment.status))
        if journal.holes > self._journal.holes:
            self._watcher.hole(self._account)
        self._tag, self._journal = tag, journal
        for order_id in reply.alarms:
            self._watcher.contradicted(order_id)
        for order_id in reply.doubled:
            self._watcher.duplicates(order_id, 1)
        self._watcher.scanned("kept")

    def _remember(self, sight: tuple[str, str]) -> None:
        if len(self._known) == self._known.maxlen:
            self._known_set.discard(self._known[0])
        self._known.append(sight)
        self._known_set.add(sight)

    def _forget(self) -> None:
        self._known.clear()
        self._known_set.clear()


def _look_at(read: asyncio.Task[ListPage]) -> None:
    """The loop complains of failures that nobody asked for; those of a mirror that has ended are none of its."""
    if not read.cancelled():
        read.exception()


def row_of(payment: Payment) -> Row:
    """A payment as the mirror keeps it."""
    return Row(
        payment.id,
        payment.status,
        payment.amount.text,
        payment.amount.currency,
        payment.last4 or "",
        int(payment.created_at.timestamp() * 1000),
    )


def _facts(started_ms: int, listed: ListPage, limit: int) -> Page:
    oldest = min((payment.created_at for payment in listed.payments), default=None)
    oldest_ms = started_ms if oldest is None else int(oldest.timestamp() * 1000)
    return Page(started_ms, listed.ids, oldest_ms, listed.count < limit, listed.unparsed == 0)
