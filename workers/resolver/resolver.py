"""Settles what is unknown: looks at the evidence, asks the gateway by id, and records what is true.

It never sends a payment. What it cannot prove it leaves, and what cannot be proven any more it parks for a human,
with the evidence beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from cardinity_client import CardinityClient, Payment
from cardinity_client.errors import GatewayReadError, MoneyError, PaymentNotFound
from producers.contract import names, states
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import Moved, NotYours
from producers.runtime.tracing.journeys import attend
from workers.payments.endings import contradicted, end, ending_of
from workers.payments.follow_ups import NotAnswered
from workers.payments.holds import Ask, Astray, look, standing_of
from workers.payments.two_phase import ending_of_hold
from workers.resolver.following import Following
from workers.resolver.journal import Journal, journal_from, moment
from workers.resolver.linking import Linking, LinkPace
from workers.resolver.looks import Looks
from workers.resolver.mirror import row_of
from workers.resolver.verdict import (
    Absent,
    Attempt,
    Found,
    NotHeld,
    NotYet,
    Row,
    Rules,
    Undecidable,
    Verdict,
    decide,
    decide_forgotten_hold,
    decide_two_phase,
)

#: Orders looked at per round and state, oldest first; more than this are unknown only in a long outage.
ROUND_MAX = 1000
#: Gateway reads under way at once: what a killed worker leaves, 200 orders at 300 ms an answer, is read within 1.2 s.
READS_MAX = 64
#: Seconds between two rounds, what a look at one order costs this process (not how long the gateway takes to answer),
#: and the share of its time that rounds may take in a long outage.
ROUND_EVERY_S = 0.2
LOOK_COST_S = 0.0002
ROUND_SHARE = 0.1
#: Parked orders are looked at in every so many rounds: they wait for a human, and for a row that may never come.
PARKED_EVERY = 10

#: States in which the gateway's word is waited for, by nobody but the resolver.
_OPEN = frozenset({states.PENDING, states.UNKNOWN, states.PARKED})


class ResolverWatcher(Protocol):
    """What the resolver tells about itself."""

    def moved(self, before: str, state: str) -> None: ...
    def duplicates(self, order_id: str, count: int) -> None: ...
    def trouble(self, where: str, code: str, order_id: str) -> None: ...


class Resolver:
    """Rounds over one account's unknown and parked orders while it leads."""

    def __init__(
        self,
        account: str,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        watcher: ResolverWatcher,
        looks: Looks | None = None,
        links: LinkPace | None = None,
    ) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._rules = rules
        self._watcher = watcher
        self._following = Following(client, ledger, rules, watcher.trouble, looks)
        self._linking = Linking(account, client, ledger, rules, watcher, links)
        self._reads = asyncio.Semaphore(READS_MAX)
        self.open_orders = 0
        self._from = 0

    async def run(self, lead: Callable[[], bool]) -> None:
        """Round after round until leadership ends."""
        number = 0
        while lead():
            looked = await self.round(parked_too=number % PARKED_EVERY == 0)
            number += 1
            await asyncio.sleep(max(ROUND_EVERY_S, looked * LOOK_COST_S / ROUND_SHARE))

    async def round(self, *, parked_too: bool = True) -> int:
        """Look once at every order that is unknown, and at the parked ones, the longest waiting first; how many."""
        unknown, parked, written = await asyncio.gather(
            self._ledger.read("ZRANGE", keys.listed(states.UNKNOWN), self._from, self._from + ROUND_MAX - 1),
            self._ledger.read("ZRANGE", keys.listed(states.PARKED), 0, ROUND_MAX - 1 if parked_too else 0),
            self._ledger.read("HGET", keys.coverage(self._account), "journal"),
        )
        # The journal is read before the sightings, so that what it covers has been kept by then.
        journal = journal_from(written)
        self.open_orders = len(unknown)
        due = (*unknown, *(parked if parked_too else ()))
        ours = await asyncio.gather(*(self._look(order_id.decode(), journal) for order_id in due))
        # The list is that of all accounts: the orders of another one that is down must not hide this one's.
        self._from = self._from + ROUND_MAX if len(unknown) == ROUND_MAX and not all(ours) else 0
        return len(due)

    async def follow_up(self, record: Record) -> None:
        """Ask how a pending payment stands, what follows one, or a link; unchanged, it is asked again later."""
        if record.parent:
            await self._follow(record, self._following.follow_up)
        elif record.kind == names.LINK:
            await self._follow(record, self._linking.look)
        else:
            await self._adopt(record, record.text("payment_id"))

    async def look_at(self, record: Record, payment: Payment) -> str:
        """Somebody pointed at this payment, which names the order. It is believed as a row of the mirror is: if it fits
        an order whose outcome is open, the gateway is asked, and what it says is recorded.

        What came of it: `looked`; `closed` for an order that waits for no word, or is still being sent; `other` for a
        payment that is not the one the order waits for, which is left to the mirror and its alarms.
        """
        if record.lane != self._account or record.state not in _OPEN:
            return "closed"
        if not (payment_id := await self._fitting(record, payment)):
            return "other"
        await self._adopt(record, payment_id)
        return "looked"

    async def _fitting(self, record: Record, payment: Payment) -> str:
        """The id of the payment that settles the open order, now that this one was seen; empty if none does."""
        if payment.order_id != record.ref:
            return ""
        if record.state == states.PENDING:
            return payment.id if payment.id == record.text("payment_id") else ""
        seen = await self._ledger.read("HGETALL", keys.seen(record.order_id))
        rows = [Row.parse(payment_id.decode(), row.decode()) for payment_id, row in seen.items()]
        verdict = self._verdict(record, [*rows, row_of(payment)], Journal())
        return verdict.payment_id if isinstance(verdict, Found) else ""

    async def _follow(self, record: Record, ask: Callable[[Record], Awaitable[Call[Moved | NotYours] | None]]) -> None:
        if record.lane != self._account:
            return
        try:
            async with self._reads:
                ending = await ask(record)
        except (GatewayReadError, NotAnswered) as error:
            self._watcher.trouble("resolver_read", error.code, record.order_id)
            return
        if ending is not None:
            await self._settle(record, ending)

    async def _look(self, order_id: str, journal: Journal) -> bool:
        """Do for the order what there is to do; whether it is one of this account's."""
        try:
            return await self._do(order_id, journal)
        except (MoneyError, ValueError):
            # A row that somebody has forged with a producer's password holds up no other.
            self._watcher.trouble("resolver", "row_unreadable", order_id)
            return False

    async def _do(self, order_id: str, journal: Journal) -> bool:
        flat, seen = await asyncio.gather(
            self._ledger.read("HGETALL", keys.order(order_id)), self._ledger.read("HGETALL", keys.seen(order_id))
        )
        record = record_from(order_id, flat)
        attend(record)
        if record.parent:
            await self._follow(record, self._following.look)
            return record.lane == self._account
        if record.kind == names.LINK:
            await self._follow(record, self._linking.look)
            return record.lane == self._account
        if record.two_phase and record.text("payment_id"):
            await self._follow(record, self._look_at_hold)
            return record.lane == self._account
        rows = [Row.parse(payment_id.decode(), row.decode()) for payment_id, row in seen.items()]
        verdict = self._verdict(record, rows, journal)
        if isinstance(verdict, Absent) and record.state == states.UNKNOWN:
            # A failover between the reads may have undone sightings that the journal speaks of: nothing is absent
            # before all of it was read as of one moment.
            found = await self._ledger.run(calls.evidence(order_id, self._account))
            record, journal = found.record, journal_from(found.journal)
            rows = [Row.parse(*row) for row in found.rows]
            verdict = self._verdict(record, rows, journal)
        await self._act(verdict, record, rows, journal)
        return record.lane == self._account

    def _verdict(self, record: Record, rows: Sequence[Row], journal: Journal) -> Verdict:
        if record.state not in (states.UNKNOWN, states.PARKED) or record.lane != self._account:
            return NotYet()
        if record.two_phase and record.was_rebuilt:
            return decide_forgotten_hold(attempt_of(record), rows, journal, self._rules)
        if record.two_phase:
            return decide_two_phase(attempt_of(record), record.number("deadline_at"), rows, journal, self._rules)
        verdict = decide(attempt_of(record), rows, journal, self._rules)
        if isinstance(verdict, Absent) and record.logs_missing:
            # That its own attempt took nothing says nothing of one that went on for it under another reference.
            return Undecidable("logs_missing")
        return verdict

    async def _act(self, verdict: Verdict, record: Record, rows: Sequence[Row], journal: Journal) -> None:
        match verdict:
            case Found(payment_id):
                overdue = journal.clean_since(record.last_left_ms + self._rules.horizon_ms, 1) is not None
                await self._adopt(record, payment_id, overdue=overdue)
            case Absent(proof) if record.state == states.UNKNOWN:
                ending = end(record, states.NOT_CHARGED, "proven_absent", proof=msgspec.json.encode(proof).decode())
                await self._settle(record, ending)
            case NotHeld(scans) if record.state == states.UNKNOWN:
                evidence = f"no hold in the reads begun at {', '.join(map(str, scans))}; one that lands later is voided"
                await self._settle(record, end(record, states.NOT_CHARGED, "no_hold_seen", evidence=evidence))
            case Undecidable(why, alarm) if record.state == states.UNKNOWN:
                if alarm:
                    self._watcher.trouble("resolver", why, record.order_id)
                await self._settle(
                    record, end(record, states.PARKED, why, evidence=_evidence(rows) or _covered(journal))
                )
            case Absent() | NotHeld() | Undecidable() | NotYet():
                return  # a parked order waits for a row, or for a human

    async def _adopt(self, record: Record, payment_id: str, *, overdue: bool = False) -> None:
        try:
            async with self._reads:
                payment = await self._client.get_payment(payment_id)
        except PaymentNotFound:
            # It was listed and is not there. A lag ends; what is still so after H is for a human.
            self._watcher.trouble("resolver_read", "payment_not_found", record.order_id)
            if overdue and record.state == states.UNKNOWN:
                evidence = f"{payment_id} was listed and cannot be read"
                await self._settle(record, end(record, states.PARKED, "payment_not_found", evidence=evidence))
            return
        except GatewayReadError as error:
            self._watcher.trouble("resolver_read", error.code, record.order_id)
            return
        if not is_of(record, payment):
            self._watcher.trouble("resolver", "payment_of_another_order", record.order_id)
            if record.state == states.UNKNOWN:
                evidence = _evidence([row_of(payment)])
                await self._settle(record, end(record, states.PARKED, "payment_of_another_order", evidence=evidence))
            return
        await self._settle(record, ending_of(record, payment))

    async def _look_at_hold(self, record: Record) -> Call[Moved | NotYours] | None:
        """What has become of the hold of a two-phase order that is parked. Nothing more is asked for it."""
        hold = await look(self._client, record.text("payment_id"))
        standing = standing_of(record, hold)
        return None if isinstance(standing, Ask | Astray) else ending_of_hold(record, hold, standing)

    async def _settle(self, record: Record, ending: Call[Moved | NotYours]) -> None:
        match await self._ledger.run(ending):
            case Moved(state, duplicates, before):
                self._watcher.moved(before, state)
                if duplicates:
                    self._watcher.duplicates(record.order_id, duplicates)
            case NotYours("contradicted") if record.state == states.PENDING:
                await self._settle(record, contradicted(record))
            case NotYours():
                return  # somebody with newer evidence was faster


def attempt_of(record: Record) -> Attempt:
    """The attempt of an order as the verdict sees it."""
    amount = record.amount
    rebuilt_ms = record.number("recovered_at")
    return Attempt(record.intent_at_ms, amount.text, amount.currency, record.text("last4"), ends_at_ms=rebuilt_ms)


def is_of(record: Record, payment: Payment) -> bool:
    """Whether the payment is what the order asked for. Another word than these two contradicts nothing."""
    if payment.type == ("purchase" if record.holds else "authorization"):
        return False
    return payment.order_id == record.ref and payment.amount == record.amount


def _covered(journal: Journal) -> str:
    """Which stretches of time were seen without a gap, the latest ones, by the ledger's clock."""
    stretches = ", ".join(f"{moment(stretch.from_ms)} to {moment(stretch.to_ms)}" for stretch in journal.stretches[-5:])
    return f"no payment seen; the list was seen without a gap: {stretches or 'never'}"


def _evidence(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.payment_id} {row.text}" for row in rows)
