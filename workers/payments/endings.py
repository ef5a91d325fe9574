"""How an order's way goes on, as the one call that records it: state, facts, and the event its owner gets. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp, Settlement
from producers.contract import states
from producers.contract.continuation import Continuation, continuation_of, written
from producers.contract.events import encode, event_id, payment_event
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.hold_calls import hold
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours

#: From where each state may be recorded, given the same token. `unknown`, `pending` and `parked` still take the truth
#: when it shows up; nothing takes a doubt once it is resolved.
_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    states.APPROVED: (states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED),
    states.DECLINED: (states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED),
    states.PENDING: (states.SENDING, states.UNKNOWN, states.PARKED),
    states.REJECTED: (states.ACCEPTED, states.CLAIMED, states.SENDING, states.UNKNOWN),
    states.EXPIRED: (states.ACCEPTED, states.CLAIMED),
    states.CANCELLED: (states.ACCEPTED, states.CLAIMED),
    states.UNKNOWN: (states.SENDING,),
    states.PARKED: (states.UNKNOWN, states.PENDING),
    states.NOT_CHARGED: (states.UNKNOWN, states.PARKED),
}
#: An order that was claimed too often is provably unsent; its `not_charged` needs no scan of the gateway.
_POISON_FROM: Final = (states.ACCEPTED, states.CLAIMED)
#: Milliseconds after which a pending payment is asked about for the first time; the sweeper's pace from then on.
PENDING_LOOK_MS: Final = 1000

#: What the gateway calls a payment, and what that makes of the order.
_STATE_OF: Final[Mapping[str, str]] = {
    "approved": states.APPROVED,
    "declined": states.DECLINED,
    "pending": states.PENDING,
    "processing": states.PENDING,
}


def ending_of(record: Record, made: Payment | FollowUp) -> Call[Moved | NotYours]:
    """Record what the gateway's own object says: the payment, or what follows one.

    An approved hold is no end of a two-phase order. Recording it is the choice: from here on no other hold of this
    order can be settled.
    """
    if record.two_phase and isinstance(made, Payment) and made.status == "approved":
        return _held(record, made)
    return end(record, _STATE_OF[made.status], made.status, made=made)


def end(
    record: Record,
    to: str,
    reason: str,
    *,
    made: Payment | FollowUp | None = None,
    settlement: Settlement | None = None,
    http_status: int | None = None,
    detail: str = "",
    proof: str = "",
    evidence: str = "",
) -> Call[Moved | NotYours]:
    """Record that the order is now in state `to`, and why; `reason` is a stable code. `settlement` is that of a
    two-phase charge, beside its payment.
    """
    # Reasons that are only the name of the state say nothing.
    why = None if reason == to else reason
    payment = made if isinstance(made, Payment) else None
    is_hold = (to == states.APPROVED and not record.settle) or reason == states.HELD
    error = settlement.error if settlement else made.error if made else None
    step = continuation_of(payment) if payment and to == states.PENDING else None
    fields: dict[str, Argument] = {
        "reason": why or "",
        **({"continuation": written(step)} if step else {}),
        **{name: value for name, value in (("detail", detail), ("proof", proof), ("evidence", evidence)) if value},
        **({"http_status": http_status} if http_status is not None else {}),
        **(_facts(made) if made else {}),
        **({"follow_up_id": settlement.id} if settlement else {}),
        **({"error": settlement.error} if settlement and settlement.error else {}),
    }
    event = payment_event(
        state=to,
        order_id=record.order_id,
        attempt_ref=record.ref,
        account=record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        kind=record.kind,
        payment_id=payment.id if payment else record.parent or None,
        follow_up_id=settlement.id if settlement else made.id if isinstance(made, FollowUp) else None,
        card_last4=payment.last4 if payment else None,
        card_brand=payment.brand if payment else None,
        error=error,
        decline_code=_decline_code(error),
        merchant_advice_code=payment.merchant_advice_code if payment else None,
        reason=why,
        type="authorization" if is_hold else None,
        settled=False if is_hold else None,
        continuation=step,
    )
    return settle(
        record.order_id,
        record.token,
        allowed=_POISON_FROM if reason == "poison" else _FROM[to],
        to=to,
        event_id=event_id(record.ref, to),
        event=encode(event),
        detail=reason,
        fields=fields,
        due_ms=PENDING_LOOK_MS if to == states.PENDING else None,
    )


def _held(record: Record, payment: Payment) -> Call[Moved | NotYours]:
    if record.state != states.PENDING:
        return end(record, states.PENDING, states.HELD, made=payment)
    event = payment_event(
        state=states.PENDING,
        order_id=record.order_id,
        attempt_ref=record.ref,
        account=record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        payment_id=payment.id,
        card_last4=payment.last4,
        card_brand=payment.brand,
        reason=states.HELD,
        type="authorization",
        settled=False,
        since_held=True,
    )
    return hold(
        record.order_id,
        record.token,
        payment.id,
        due_ms=PENDING_LOOK_MS,
        event_id=event.id,
        event=encode(event),
    )


def further_step(record: Record, payment: Payment, step: Continuation) -> tuple[str, bytes]:
    """Id and text of the event that tells of another step of 3-D Secure of a pending payment."""
    event = payment_event(
        state=states.PENDING,
        order_id=record.order_id,
        attempt_ref=record.ref,
        account=record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        payment_id=payment.id,
        card_last4=payment.last4,
        card_brand=payment.brand,
        continuation=step,
        further_step=True,
    )
    return event.id, encode(event)


def _decline_code(error: str | None) -> str | None:
    """The number in front of the gateway's words, `"3000: Do Not Honor"`."""
    code, colon, _ = (error or "").partition(":")
    return code if colon and code.isascii() and code.isdigit() else None


def _facts(made: Payment | FollowUp) -> dict[str, Argument]:
    facts = {"error": made.error, "gateway_created": made.created_at.isoformat()}
    match made:
        case Payment():
            facts |= {
                "payment_id": made.id,
                "merchant_advice_code": made.merchant_advice_code,
                "card_brand": made.brand,
            }
        case FollowUp():
            facts |= {"follow_up_id": made.id}
    return {name: value for name, value in facts.items() if value}
