"""The states of an order and the steps between them, as data: the picture in the protocol, section 2.

The ledger's scripts get `EDGES` written into them, so this is the only place where the graph is spelled
out. Two things can be read off it and are tests: `sending` is entered from `claimed` alone, and no way
leads back to it from any state that follows it, except for a holder who knows that nothing left.
"""

from __future__ import annotations

from typing import Final

#: The wish is recorded; nobody works on it.
ACCEPTED: Final = "accepted"
#: One worker holds it, under a token and a lease; nothing was sent.
CLAIMED: Final = "claimed"
#: The durable promise that one request may leave, or has left.
SENDING: Final = "sending"
#: The gateway knows the payment and waits for the customer or for itself.
PENDING: Final = "pending"
#: It may have happened. Never "failed".
UNKNOWN: Final = "unknown"
#: It cannot be found out by machine; a human decides.
PARKED: Final = "parked"
#: The money moved.
APPROVED: Final = "approved"
#: The bank said no.
DECLINED: Final = "declined"
#: We or the gateway said that the request is wrong.
REJECTED: Final = "rejected"
#: Its time was over before it was sent.
EXPIRED: Final = "expired"
#: Called back before it was sent.
CANCELLED: Final = "cancelled"
#: Proven: no charge exists and none will appear.
NOT_CHARGED: Final = "not_charged"

#: Every state, in the order in which an order may meet them.
STATES: Final = (
    ACCEPTED,
    CLAIMED,
    SENDING,
    PENDING,
    UNKNOWN,
    PARKED,
    APPROVED,
    DECLINED,
    REJECTED,
    EXPIRED,
    CANCELLED,
    NOT_CHARGED,
)
#: Ends: an order leaves none of these.
TERMINAL: Final = frozenset({APPROVED, DECLINED, REJECTED, EXPIRED, CANCELLED, NOT_CHARGED})
#: Not ends, but shown to the order's owner by an event.
VISIBLE: Final = frozenset({PENDING, UNKNOWN, PARKED})

#: Why a two-phase order is pending: the gateway holds the amount, and nothing was taken yet.
HELD: Final = "held"

_UNSENT_ENDS = (REJECTED, EXPIRED, CANCELLED, NOT_CHARGED)

_NEXT: dict[str, tuple[str, ...]] = {
    ACCEPTED: (CLAIMED, *_UNSENT_ENDS),
    # To itself: another worker takes it over once the lease is gone. To accepted: given back.
    CLAIMED: (CLAIMED, ACCEPTED, SENDING, *_UNSENT_ENDS),
    # To accepted: the holder of the same token knows that nothing left (rule R2).
    SENDING: (ACCEPTED, APPROVED, DECLINED, PENDING, REJECTED, UNKNOWN),
    # To not_charged: of a link that was never paid, and cannot be any more.
    PENDING: (APPROVED, DECLINED, PARKED, UNKNOWN, NOT_CHARGED),
    UNKNOWN: (APPROVED, DECLINED, PENDING, REJECTED, NOT_CHARGED, PARKED),
    PARKED: (APPROVED, DECLINED, PENDING, NOT_CHARGED),
}

#: Every step there is, as (from, to).
EDGES: Final = frozenset((before, after) for before, all_after in _NEXT.items() for after in all_after)
