"""How an order's way goes on, as the one call that records it: state, facts, and the event its owner gets. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cardinity_client import Payment, PaymentLink
from cardinity_client.models.follow_ups import FollowUp, Settlement
from producers.contract import names, states
from producers.contract.continuation import Continuation, continuation_of, mark_of, written
from producers.contract.events import OrderEvent, encode, event_id, payment_event
from producers.contract.payment_data import NOT_JUDGED, Asked, Judged
from producers.contract.risk import kept_in
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.hold_calls import hold
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from workers.payments.continuing import continued, way_on
from workers.payments.facts import decline_code, facts_of

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
#: A link is pending until it is paid or cannot be paid any more; of a charge that is pending nobody can say that.
_LINK_UNPAID_FROM: Final = (states.PENDING, *_FROM[states.NOT_CHARGED])
#: Milliseconds after which a pending payment is asked about for the first time; the sweeper's pace from then on.
PENDING_LOOK_MS: Final = 1000

#: Why an order was given back whose link was perhaps made: the one reason that does not say "unsent".
LINK_UNHEARD: Final = "link_unheard"

#: Why an order was cancelled: its batch, or it itself, was called back before it was sent.
BATCH_CANCELLED: Final = "batch_cancelled"
WITHDRAWN: Final = "withdrawn"
#: The attempt before it, which operators took for lost, has shown itself in the gateway's list.
FIRST_ATTEMPT_FOUND: Final = "first_attempt_found"
#: By the ledger's word for it.
CALLED_BACK: Final[Mapping[str, str]] = {
    "cancelled": BATCH_CANCELLED,
    "withdrawn": WITHDRAWN,
    "overtaken": FIRST_ATTEMPT_FOUND,
}

#: What the gateway calls a payment, and what that makes of the order.
_STATE_OF: Final[Mapping[str, str]] = {
    "approved": states.APPROVED,
    "declined": states.DECLINED,
    "pending": states.PENDING,
    "processing": states.PENDING,
}


def ending_of(record: Record, made: Payment | FollowUp, *, also: Sequence[str] = ()) -> Call[Moved | NotYours]:
    """Record what the gateway's own object says: the payment, or what follows one. Of a pending order also that another
    step is due.

    An approved hold is no end of a two-phase order. Recording it is the choice: from here on no other hold of this
    order can be settled. Nor is a decline one where another order may go on. `also` are the ids of others that were
    made of the same order; each is an alarm.
    """
    state = _STATE_OF[made.status]
    if isinstance(made, Payment) and state == states.PENDING and record.state == states.PENDING:
        step = continuation_of(made)
        if step is not None and written(step) != record.step:
            return further_step(record, made, step)
    if record.two_phase and isinstance(made, Payment) and state == states.APPROVED:
        return _held(record, made)
    if isinstance(made, Payment) and state == states.DECLINED and (way := way_on(record, made)):
        return continued(record, made, way)
    return end(record, state, made.status, made=made, also=also)


def opened(record: Record, link: PaymentLink) -> Call[Moved | NotYours]:
    """Record that the link is there, and tell its owner the address: nobody has heard of it before."""
    return end(record, states.PENDING, states.PENDING, made=link)


def contradicted(record: Record) -> Call[Moved | NotYours]:
    """Record that the list contradicts the decline of a pending order: a human is called, and the resolver takes the
    approved payment if that is the order's. One that is being sent, or is unknown, is the resolver's already."""
    evidence = "the gateway lists an approved payment of the order beside the declined one"
    return end(record, states.PARKED, "declined_and_approved", evidence=evidence)


def end(
    record: Record,
    to: str,
    reason: str,
    *,
    made: Payment | FollowUp | PaymentLink | None = None,
    settlement: Settlement | None = None,
    http_status: int | None = None,
    detail: str = "",
    proof: str = "",
    evidence: str = "",
    also: Sequence[str] = (),
) -> Call[Moved | NotYours]:
    """Record that the order is now in state `to`, and why; `reason` is a stable code. `settlement` is that of a
    two-phase charge, beside its payment.
    """
    # Reasons that are only the name of the state say nothing.
    why = None if reason == to else reason
    payment = made if isinstance(made, Payment) else None
    is_hold = (to == states.APPROVED and not record.settle) or reason == states.HELD
    link = made if isinstance(made, PaymentLink) else None
    decided = settlement or (None if isinstance(made, PaymentLink) else made)
    error = decided.error if decided else None
    step = continuation_of(payment) if payment and to == states.PENDING else None
    fields: dict[str, Argument] = {
        "reason": why or "",
        **({"continuation": written(step)} if step else {}),
        **{name: value for name, value in (("detail", detail), ("proof", proof), ("evidence", evidence)) if value},
        **({"http_status": http_status} if http_status is not None else {}),
        **(facts_of(made) | _lane_of(record) if made else {}),
        **({"also_made": " ".join(also)} if also else {}),
        **({"follow_up_id": settlement.id} if settlement else {}),
        **({"error": settlement.error} if settlement and settlement.error else {}),
    }
    event = payment_event(
        state=to,
        order_id=record.order_id,
        attempt_ref=record.ref,
        account=record.lane,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        kind=record.kind,
        payment_id=payment.id if payment else record.parent or None,
        follow_up_id=settlement.id if settlement else made.id if isinstance(made, FollowUp) else None,
        card_last4=payment.last4 if payment else None,
        card_brand=payment.brand if payment else None,
        link_url=link.url if link else None,
        link_expires_at=link.expires_at if link else None,
        error=error,
        decline_code=decline_code(error),
        merchant_advice_code=payment.merchant_advice_code if payment else None,
        reason=why,
        type="authorization" if is_hold else None,
        settled=False if is_hold else None,
        continuation=step,
        root=record.root or None,
        **_about(record),
    )
    return settle(
        record.order_id,
        record.token,
        allowed=_allowed(record, to, reason),
        to=to,
        event_id=event_id(record.ref, to),
        event=encode(event),
        detail=reason,
        fields=fields,
        due_ms=PENDING_LOOK_MS if to == states.PENDING else None,
    )


def _lane_of(record: Record) -> dict[str, Argument]:
    """A rebuilt order may have had no account; it has one once something was found there."""
    return {"lane": record.lane} if record.was_rebuilt else {}


def _held(record: Record, payment: Payment) -> Call[Moved | NotYours]:
    if record.state != states.PENDING:
        return end(record, states.PENDING, states.HELD, made=payment)
    event = _still_pending(record, payment, reason=states.HELD, type="authorization", settled=False, since_held=True)
    return hold(
        record.order_id,
        record.token,
        payment.id,
        due_ms=PENDING_LOOK_MS,
        event_id=event.id,
        event=encode(event),
    )


def _allowed(record: Record, to: str, reason: str) -> tuple[str, ...]:
    if to == states.NOT_CHARGED and reason == "poison":
        return _POISON_FROM
    return _LINK_UNPAID_FROM if to == states.NOT_CHARGED and record.kind == names.LINK else _FROM[to]


def further_step(record: Record, payment: Payment, step: Continuation, *, answer: str = "") -> Call[Moved | NotYours]:
    """Record that a pending order is pending still, in another step of 3-D Secure; `answer` is used up by that."""
    event = _still_pending(record, payment, continuation=step, further_step=True)
    return calls.step(
        record.order_id,
        record.token,
        seen=mark_of(record.step) if record.step else "",
        answer=answer,
        what="used" if answer else "tried",
        due_ms=PENDING_LOOK_MS,
        continuation=written(step),
        event_id=event.id,
        event=encode(event),
    )


def _about(record: Record) -> dict[str, Any]:
    """Whose it is, when it was sent, and what risk rules found before."""
    kept = kept_in(record.fields.get("risk", b""))
    return {
        "asked": Asked(customer=record.text("customer") or None),
        "sent": record.sent,
        "judged": NOT_JUDGED if kept is None else Judged(kept.card_id, kept.told),
    }


def _still_pending(record: Record, payment: Payment, **news: Any) -> OrderEvent:
    """The event of an order that was pending before; `news` are the fields that tell what is new."""
    return payment_event(
        state=states.PENDING,
        order_id=record.order_id,
        attempt_ref=record.ref,
        account=record.lane,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        payment_id=payment.id,
        card_last4=payment.last4,
        card_brand=payment.brand,
        root=record.root or None,
        **_about(record),
        **news,
    )
