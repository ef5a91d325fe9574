"""What the gateway shows under a payment of one order that follows it: found by its token, and by nothing else.

Read by the spine, once the gateway has answered, and by the resolver, when it has not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias

from cardinity_client import Approved, CardinityClient, Declined, Pending, Rejected
from cardinity_client.errors import GatewayReadError
from cardinity_client.models.follow_ups import FollowUp, Listing, Refund, Settlement
from cardinity_client.wire import shown
from producers.contract import names, states
from producers.contract.follow_ups import carries, description_with
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.endings import end, ending_of

#: Answers that say what became of a request.
Decided: TypeAlias = Approved[FollowUp] | Declined[FollowUp] | Pending[FollowUp] | Rejected

#: Statuses, those of money that moved or may yet before the one that moved none.
_WEIGHT: Final = ("approved", "processing", "declined")
#: Statuses under which money has moved, or may yet.
TAKEN: Final = _WEIGHT[:2]
#: Rows that a list of the gateway may hold back behind: it says nothing of a limit, and its other lists end after ten
#: unless more are asked for. A longer one proves an absence only if it reaches back before the intent.
ROWS_SURE: Final = 9


async def listed(record: Record, client: CardinityClient) -> Listing[FollowUp]:
    """Everything of the order's kind that follows its payment.

    Raises:
        GatewayReadError: it could not be read.
    """
    match record.kind:
        case names.REFUND:
            return await client.list_refunds(record.parent)
        case names.SETTLEMENT:
            return await client.list_settlements(record.parent)
        case _:
            return await client.list_voids(record.parent)


def carrying(token: str, listing: Listing[FollowUp]) -> list[FollowUp]:
    """What was made with that token, each once, most telling first."""
    ours = {made.id: made for made in listing.items if carries(token, made.description)}
    return sorted(ours.values(), key=lambda made: _WEIGHT.index(made.status))


def is_sound(listing: Listing[FollowUp], payment_id: str) -> bool:
    """Whether the list can be reckoned with: every row was read, is of that payment, and is there once. A list that
    shows a row twice may leave out another.
    """
    ids = {made.id for made in listing.items}
    return len(ids) == listing.count and all(made.payment_id == payment_id for made in listing.items)


def is_whole(listing: Listing[FollowUp], payment_id: str, since_ms: int) -> bool:
    """Whether nothing that was made since then can be missing: so many rows that some may be held back are the newest
    ones, back to before it.
    """
    if not is_sound(listing, payment_id):
        return False
    if listing.count <= ROWS_SURE:
        return True
    created_ms = [made.created_at.timestamp() * 1000 for made in listing.items]
    return created_ms == sorted(created_ms, reverse=True) and created_ms[-1] < since_ms


def is_of(record: Record, made: FollowUp) -> bool:
    """Whether it is what the order asked for: of its payment, its amount, and in its very words. Somebody who does by
    hand what nobody has heard of may well quote the token.
    """
    amount = made.amount if isinstance(made, Refund | Settlement) else record.amount
    words = shown(description_with(record.ref, record.text("description") or None))
    return (made.payment_id, amount, made.description) == (record.parent, record.amount, words)


def ending_of_first(record: Record, ours: Sequence[FollowUp]) -> Call[Moved | NotYours]:
    """The ending that the most telling of them is; what else moved money is an alarm (rule R13)."""
    also = [made.id for made in ours[1:] if made.status in TAKEN]
    return ending_of(record, ours[0], also=also)


async def told_otherwise(
    record: Record, answer: Decided, client: CardinityClient, *, within_s: float
) -> Call[Moved | NotYours] | None:
    """How the order ends if the list tells more than the answer did; None when the answer is to be believed.

    A proxy may deliver one request twice. A payment can be refunded twice, and then the second one is an alarm; it is
    settled and let go once, and then the answer is the refusal of the second, which says nothing of the first.
    """
    refused = isinstance(answer, Declined | Rejected)
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            ours = carrying(record.ref, await listed(record, client))
    except (GatewayReadError, TimeoutError):
        return end(record, states.UNKNOWN, "refusal_unconfirmed") if refused else None
    taken = [made for made in ours if made.status in TAKEN]
    match answer:
        case Approved(made) | Pending(made):
            also = [each.id for each in taken if each.id != made.id]
            return ending_of(record, made, also=also) if also else None
        case Declined() | Rejected():
            if not taken:
                return None
            if all(is_of(record, made) for made in taken):
                return ending_of_first(record, taken)
            return end(record, states.UNKNOWN, "reference_with_other_content")
