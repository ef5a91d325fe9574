"""Settles what is unknown of a refund, a settlement or a void: it is found under its payment, by its token.

The gateway lists everything that follows a payment under that payment, so no mirror is needed: an absence is proven by
looks that began H after the intent, one after the other and apart, none of which shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from cardinity_client import CardinityClient
from cardinity_client.errors import PaymentNotFound
from cardinity_client.models.follow_ups import FollowUp, Listing
from producers.contract import names, states
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.clock import ledger_now_ms
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.endings import end, ending_of
from workers.payments.under_payment import carrying, ending_of_first, is_of, is_whole, listed
from workers.resolver.looks import Looks
from workers.resolver.verdict import Proof, Rules

#: Horizons after the intent until when a list that proves nothing is read again; then a human is called.
HORIZONS_MAX: Final = 2

Ending = Call[Moved | NotYours]


class Following:
    """Looks for one account; answers how an order's way goes on, or None while nothing can be said.

    `trouble(where, code, order_id)` is told of what a human should hear.
    """

    def __init__(
        self,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        trouble: Callable[[str, str, str], None],
        looks: Looks | None = None,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._rules = rules
        self._trouble = trouble
        self._looks = looks or Looks()

    async def look(self, record: Record) -> Ending | None:
        """What the payment's list says of an order that is unknown or parked.

        Raises:
            GatewayReadError: the list could not be read.
        """
        if record.state not in (states.UNKNOWN, states.PARKED) or not self._looks.due(record.token):
            return None
        started_ms = await ledger_now_ms(self._ledger)
        self._looks.begun(record.token, (started_ms - record.intent_at_ms) / 1000)
        try:
            listing = await listed(record, self._client)
        except PaymentNotFound:
            # It was read before the intent. A lag ends; what is still so after H is for a human.
            self._trouble("resolver_read", "payment_not_found", record.order_id)
            return self._undecided(record, "payment_not_found", f"{record.parent} cannot be read", started_ms)
        ours = carrying(record.ref, listing)
        if not ours:
            return self._absent(record, listing, started_ms)
        if not all(is_of(record, made) and self._is_new(record, made) for made in ours):
            return self._park(record, "reference_with_other_content", _told(ours), alarm=True)
        self._looks.forget(record.token)
        return ending_of_first(record, ours)

    async def follow_up(self, record: Record) -> Ending | None:
        """What has become of one that the gateway was still processing; None if it still is.

        Raises:
            GatewayReadError: it could not be read.
        """
        made = await self._get(record, record.text("follow_up_id"))
        if not is_of(record, made):
            return self._park(record, "payment_of_another_order", _told([made]), alarm=True)
        return None if made.status == "processing" else ending_of(record, made)

    def _absent(self, record: Record, listing: Listing[FollowUp], started_ms: int) -> Ending | None:
        rules = self._rules
        if not is_whole(listing, record.parent, record.intent_at_ms - rules.skew_ms):
            self._looks.interrupted(record.token)
            return self._undecided(record, "list_unreadable", _told(listing.items), started_ms)
        if record.state != states.UNKNOWN or started_ms < record.last_left_ms + rules.horizon_ms:
            return None
        starts = self._looks.absent(record.token, started_ms, rules.clean_scans)
        if len(starts) < rules.clean_scans:
            return None
        self._looks.forget(record.token)
        if rules.absent == "park":
            return self._park(record, "absence_is_not_proof_here", _told(listing.items))
        over_at_ms = record.number("recovered_at")
        proof = Proof(
            record.intent_at_ms, rules.horizon_ms, starts, record.intent_at_ms, starts[-1], over_at_ms=over_at_ms
        )
        return end(record, states.NOT_CHARGED, "proven_absent", proof=msgspec.json.encode(proof).decode())

    def _undecided(self, record: Record, why: str, evidence: str, started_ms: int) -> Ending | None:
        """Nothing is to be seen there. That may pass; what does not is for a human."""
        overdue_ms = record.last_left_ms + HORIZONS_MAX * self._rules.horizon_ms
        return None if started_ms < overdue_ms else self._park(record, why, evidence)

    def _park(self, record: Record, why: str, evidence: str, *, alarm: bool = False) -> Ending | None:
        if record.state == states.PARKED:
            return None
        if alarm:
            self._trouble("resolver", why, record.order_id)
        return end(record, states.PARKED, why, evidence=evidence)

    def _is_new(self, record: Record, made: FollowUp) -> bool:
        """Whether it was made after the intent: what is older belongs to another order of that id."""
        return made.created_at.timestamp() * 1000 >= record.intent_at_ms - self._rules.skew_ms

    async def _get(self, record: Record, made_id: str) -> FollowUp:
        match record.kind:
            case names.REFUND:
                return await self._client.get_refund(record.parent, made_id)
            case names.SETTLEMENT:
                return await self._client.get_settlement(record.parent, made_id)
            case _:
                return await self._client.get_void(record.parent, made_id)


def _told(items: Sequence[FollowUp]) -> str:
    return "; ".join(f"{made.id} {made.status}" for made in items) or "nothing follows the payment"
