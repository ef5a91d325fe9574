"""Settles what is unknown of a refund, a settlement or a void: it is found under its payment, by its token.

The gateway lists everything that follows a payment under that payment, so no mirror is needed: an absence is proven by
looks that began H after the intent, one after the other, none of which shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cardinity_client import CardinityClient
from cardinity_client.errors import PaymentNotFound
from cardinity_client.models.follow_ups import FollowUp, Listing, Refund, Settlement
from producers.contract import names, states
from producers.contract.follow_ups import carries
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.endings import end, ending_of
from workers.resolver.verdict import Proof, Rules

#: Rows that a list of the gateway may hold back behind: it says nothing of a limit, and its other lists end after ten
#: unless more are asked for. A longer one proves an absence only if it reaches back before the intent.
ROWS_SURE: Final = 9
#: Orders whose looks are remembered; the longest forgotten one is looked at anew.
REMEMBERED: Final = 10_000


class Following:
    """Looks for one account; answers how an order's way goes on, or None while nothing can be said."""

    def __init__(self, client: CardinityClient, ledger: Executor, rules: Rules) -> None:
        self._client = client
        self._ledger = ledger
        self._rules = rules
        #: The starts (ms, the ledger's clock) of the looks in a row that did not show it, by token.
        self._absences: dict[str, tuple[int, ...]] = {}

    async def look(self, record: Record) -> Call[Moved | NotYours] | None:
        """What the payment's list says of an order that is unknown or parked.

        Raises:
            GatewayReadError: the list could not be read.
        """
        started_ms = await self._now_ms()
        try:
            listing = await self._list(record)
        except PaymentNotFound:
            return _parked(record, "payment_not_found", f"{record.parent} cannot be read")
        ours = [made for made in listing.items if carries(record.ref, made.description)]
        if not ours:
            return self._absent(record, listing, started_ms)
        self._absences.pop(record.token, None)
        if any(not _is_of(record, made) for made in ours):
            return _parked(record, "reference_with_other_content", _told(ours))
        return ending_of(record, min(ours, key=_weight))

    async def follow_up(self, record: Record) -> Call[Moved | NotYours] | None:
        """What has become of one that the gateway was still processing; None if it still is.

        Raises:
            GatewayReadError: it could not be read.
        """
        made = await self._get(record, record.text("follow_up_id"))
        if not _is_of(record, made):
            return _parked(record, "payment_of_another_order", _told([made]))
        return None if made.status == "processing" else ending_of(record, made)

    def _absent(self, record: Record, listing: Listing[FollowUp], started_ms: int) -> Call[Moved | NotYours] | None:
        rules = self._rules
        if record.state != states.UNKNOWN or not _whole(record, listing, rules):
            return None
        if started_ms < record.intent_at_ms + rules.horizon_ms:
            return None
        starts = (*self._absences.pop(record.token, ()), started_ms)[-rules.clean_scans :]
        if len(starts) < rules.clean_scans:
            self._remember(record.token, starts)
            return None
        if rules.absent == "park":
            return _parked(record, "absence_is_not_proof_here", _told(listing.items))
        proof = Proof(record.intent_at_ms, rules.horizon_ms, starts, record.intent_at_ms, starts[-1])
        return end(record, states.NOT_CHARGED, "proven_absent", proof=msgspec.json.encode(proof).decode())

    def _remember(self, token: str, starts: tuple[int, ...]) -> None:
        if len(self._absences) >= REMEMBERED:
            del self._absences[next(iter(self._absences))]
        self._absences[token] = starts

    async def _list(self, record: Record) -> Listing[FollowUp]:
        match record.kind:
            case names.REFUND:
                return await self._client.list_refunds(record.parent)
            case names.SETTLEMENT:
                return await self._client.list_settlements(record.parent)
            case _:
                return await self._client.list_voids(record.parent)

    async def _get(self, record: Record, made_id: str) -> FollowUp:
        match record.kind:
            case names.REFUND:
                return await self._client.get_refund(record.parent, made_id)
            case names.SETTLEMENT:
                return await self._client.get_settlement(record.parent, made_id)
            case _:
                return await self._client.get_void(record.parent, made_id)

    async def _now_ms(self) -> int:
        seconds, micros = await self._ledger.read("TIME")
        return int(seconds) * 1000 + int(micros) // 1000


def _parked(record: Record, why: str, evidence: str) -> Call[Moved | NotYours] | None:
    return end(record, states.PARKED, why, evidence=evidence) if record.state != states.PARKED else None


def _is_of(record: Record, made: FollowUp) -> bool:
    amount = made.amount if isinstance(made, Refund | Settlement) else record.amount
    return made.payment_id == record.parent and amount == record.amount and carries(record.ref, made.description)


def _whole(record: Record, listing: Listing[FollowUp], rules: Rules) -> bool:
    """Whether nothing that was made since the intent can be missing."""
    if listing.unparsed:
        return False
    oldest = min((made.created_at.timestamp() * 1000 for made in listing.items), default=0.0)
    return listing.count <= ROWS_SURE or oldest < record.intent_at_ms - rules.skew_ms


def _weight(made: FollowUp) -> int:
    """What has moved money decides."""
    return ("approved", "processing", "declined").index(made.status)


def _told(items: Sequence[FollowUp]) -> str:
    return "; ".join(f"{made.id} {made.status}" for made in items) or "nothing follows the payment"
