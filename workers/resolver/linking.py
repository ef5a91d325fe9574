"""Settles what became of a payment link: paid, still open, or over and never paid.

A link does not tell whether it was paid. What was paid on it stands in the gateway's list with the order's token at the
end of its description, so the mirror sees it, and the order falls due the moment it does. A declined attempt decides
nothing, for the customer may try again. That nobody paid is proven like any absence, counted from when the link was
first seen to be over instead of from the intent: until then somebody could still begin to pay.

An order whose answer was lost has no address that anybody was told. It is unknown like a charge, and its absence proves
that nothing was charged in the same way.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from cardinity_client import CardinityClient, Done, Payment, PaymentLink
from cardinity_client.errors import GatewayReadError, ObjectNotFound, PaymentNotFound
from cardinity_client.models.links import DeletePaymentLink
from producers.contract import states
from producers.contract.follow_ups import carries
from producers.runtime.ledger import calls, keys, link_calls
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.clock import ledger_now_ms
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from producers.runtime.ledger.tombstones import question
from workers.payments.endings import end, ending_of
from workers.payments.facts import milliseconds
from workers.resolver.journal import Journal, journal_from, moment
from workers.resolver.verdict import Absent, Attempt, Row, Rules, Undecidable, decide, matches

#: The shortest rest, ms: ends and clocks need not meet to the millisecond.
REST_MIN_MS: Final = 200
#: Sighted payments of one order that are asked for in one look; nobody begins so many at once on a link of one use.
ASKED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class LinkPace:
    """Milliseconds between two looks at a link on which nothing happens, and until one that is over is asked about
    again when the gateway could not be read.

    By the first it is noticed that somebody else has moved the link's end. A payment needs no look, it makes the order
    due; at an hour ten thousand open links cost three reads a second.
    """

    look_every_ms: int
    again_ms: int

    @classmethod
    def of(cls, horizon_ms: int) -> LinkPace:
        """An hour and a minute for the usual H of twenty minutes: a link is not looked at closer than it is proven."""
        return cls(3 * horizon_ms, horizon_ms // 20)


class LinkWatcher(Protocol):
    """Whom it tells of what an operator must look at."""

    def trouble(self, where: str, code: str, order_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Paying:
    """What the gateway says of the sighted payments. `open` may still be approved, `lost` are listed and not there."""

    approved: tuple[Payment, ...] = ()
    open: int = 0
    lost: tuple[str, ...] = ()
    strange: tuple[Payment, ...] = ()


class Linking:
    """Looks for one account; answers how an order's way goes on, or None while nothing can be said."""

    def __init__(
        self,
        account: str,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        watcher: LinkWatcher,
        pace: LinkPace | None = None,
    ) -> None:
        self._account = account
        self._client = client
        self._ledger = ledger
        self._rules = rules
        self._watcher = watcher
        self._pace = pace or LinkPace.of(rules.horizon_ms)

    async def look(self, record: Record) -> Call[Moved | NotYours] | None:
        """What may be said of an order whose link is open, or of which nobody knows whether it was made.

        Raises:
            GatewayReadError: the gateway could not be asked.
        """
        found = await self._ledger.run(calls.evidence(record.order_id, self._account))
        record, journal = found.record, journal_from(found.journal)
        if record.state not in (states.PENDING, states.UNKNOWN, states.PARKED):
            return None
        attempt = _attempt_of(record)
        rows = [Row.parse(*row) for row in found.rows]
        ours = [row for row in rows if matches(attempt, row, self._rules)]
        ours.sort(key=lambda row: row.status != "approved")
        if rows and not ours:
            return self._parked(record, "reference_with_other_content", _told(rows), alarm=True)
        paying = await self._ask(record, ours[:ASKED_MAX])
        if paying.approved:
            return ending_of(record, min(paying.approved, key=lambda payment: payment.created_at))
        if paying.strange:
            return self._parked(record, "payment_of_another_order", _told(ours), alarm=True)
        if paying.lost:
            return self._lost(record, attempt, journal, paying.lost)
        return None if paying.open else await self._unpaid(record, attempt, journal)

    async def _ask(self, record: Record, rows: Sequence[Row]) -> Paying:
        """The list has shown a payment once; what it is now, its id tells."""
        approved, strange, lost, still_open = [], [], [], 0
        for payment_id, payment in await asyncio.gather(*(self._payment(row.payment_id) for row in rows)):
            if payment is None:
                lost.append(payment_id)
            elif await self._is_of_another(payment):
                continue
            elif not (payment.amount == record.amount and carries(record.ref, payment.description)):
                strange.append(payment)
            elif payment.status == "approved":
                approved.append(payment)
            elif payment.status != "declined":
                still_open += 1
        return Paying(tuple(approved), still_open, tuple(lost), tuple(strange))

    async def _payment(self, payment_id: str) -> tuple[str, Payment | None]:
        try:
            return payment_id, await self._client.get_payment(payment_id)
        except PaymentNotFound:
            return payment_id, None

    async def _is_of_another(self, payment: Payment) -> bool:
        """A charge of ours in whose description the merchant has repeated a link's: it belongs to its own order."""
        if not (order_id := str(payment.order_id or "")):
            return False
        there = await self._ledger.read("EXISTS", keys.order(order_id))
        return bool(there or await self._ledger.read(*question(order_id)))

    async def _unpaid(self, record: Record, attempt: Attempt, journal: Journal) -> Call[Moved | NotYours] | None:
        if record.state == states.PENDING and not await self._is_over(record):
            return None
        reason = "link_unpaid" if record.state == states.PENDING else "proven_absent"
        match decide(attempt, (), journal, self._rules):
            case Absent(proof) if record.state != states.PARKED:
                return end(record, states.NOT_CHARGED, reason, proof=msgspec.json.encode(proof).decode())
            case Undecidable(why):
                return self._parked(record, why, f"no payment seen since {moment(attempt.intent_at_ms)}")
            case _:
                return None

    async def _is_over(self, record: Record) -> bool:
        """Whether the link was over when it was looked at before this look, and is. What is seen is kept."""
        link = await self._link(record)
        now_ms = await ledger_now_ms(self._ledger)
        over_at_ms = record.number("link_over_at")
        ends_at_ms = record.number("link_ends_at")
        if link is not None and link.expires_at is not None:
            ends_at_ms = milliseconds(link.expires_at)
        passed = 0 < ends_at_ms < now_ms - self._rules.skew_ms
        if passed or (link is not None and link.deleted):
            if over_at_ms:
                await self._rest(record, over_at_ms + self._rules.horizon_ms - now_ms)
                return True
            await self._rest(record, self._rules.horizon_ms, {"link_ends_at": ends_at_ms, "link_over_at": now_ms})
            return False
        # Somebody has given it more time.
        kept = {"link_ends_at": ends_at_ms, **({"link_over_at": 0} if over_at_ms else {})}
        until_over_ms = ends_at_ms + self._rules.skew_ms - now_ms if ends_at_ms else self._pace.look_every_ms
        await self._rest(record, until_over_ms, kept)
        return False

    async def _link(self, record: Record) -> PaymentLink | None:
        if record.number("withdrawn_at"):
            return await self._withdrawn(record)
        try:
            return await self._read(record)
        except GatewayReadError:
            # While the gateway is away a crowd of links must not ask it in turns, and keep the sweeper from its work.
            pace = self._pace
            await self._rest(record, pace.again_ms if record.number("link_over_at") else pace.look_every_ms)
            raise

    async def _read(self, record: Record) -> PaymentLink | None:
        """The link; None where there is none, which only the end that it had can then explain."""
        try:
            return await self._client.get_payment_link(record.text("link_id"))
        except ObjectNotFound:
            self._watcher.trouble("resolver_read", "link_not_found", record.order_id)
            return None

    async def _withdrawn(self, record: Record) -> PaymentLink | None:
        """The link as it is after its deletion, which does no harm the second time."""
        link = await self._read(record)
        if link is None or link.deleted:
            return link
        answer = await self._client.delete_payment_link(DeletePaymentLink(link.id))
        if isinstance(answer, Done):
            return answer.resource
        self._watcher.trouble("resolver", f"link_delete_{answer.kind}", record.order_id)
        return link

    async def _rest(self, record: Record, delay_ms: int, fields: Mapping[str, Argument] | None = None) -> None:
        if delay_ms > 0 or fields:
            # Links that were made together are not looked at together.
            at_most_ms = int(self._pace.look_every_ms * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            delay_ms = min(max(delay_ms, REST_MIN_MS), at_most_ms)
            await self._ledger.run(link_calls.rest(record.order_id, record.token, delay_ms=delay_ms, fields=fields))

    def _lost(
        self, record: Record, attempt: Attempt, journal: Journal, lost: Sequence[str]
    ) -> Call[Moved | NotYours] | None:
        """It was listed and is not there. A lag ends; what is still so after H is for a human."""
        self._watcher.trouble("resolver_read", "payment_not_found", record.order_id)
        if journal.clean_since(attempt.last_ms + self._rules.horizon_ms, 1) is None:
            return None
        return self._parked(record, "payment_not_found", f"{', '.join(lost)} was listed and cannot be read")

    def _parked(self, record: Record, why: str, evidence: str, *, alarm: bool = False) -> Call[Moved | NotYours] | None:
        if record.state == states.PARKED:
            return None
        if alarm:
            self._watcher.trouble("resolver", why, record.order_id)
        return end(record, states.PARKED, why, evidence=evidence)


def _attempt_of(record: Record) -> Attempt:
    """Whoever pays on a link uses a card that we never hear of."""
    amount = record.amount
    over_at_ms = max(record.number("link_over_at"), record.number("recovered_at"))
    return Attempt(record.intent_at_ms, amount.text, amount.currency, last4="", ends_at_ms=over_at_ms)


def _told(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.payment_id} {row.text}" for row in rows)
