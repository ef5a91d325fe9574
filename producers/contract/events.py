"""What happened to a payment, told to others: CloudEvents 1.0 in JSON, one type per state that concerns its owner. What
is told in `chargebacks`, `hold_warnings` and `split_events` is read here too.

An event's id follows from what it tells (`attempt_ref:state`), so the same fact told twice is the same event and a
reader that keeps ids keeps one outcome. Fields are only ever added: readers skip what they do not know, and every event
ever written decodes for ever. Of a card an event has the last four digits and the brand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Union, cast, get_args

import msgspec

from cardinity_client.money import Money
from producers.contract import chargebacks, hold_warnings, names, split_events, states
from producers.contract.card_numbers import mask_card_numbers
from producers.contract.chargebacks import ChargebackEvent
from producers.contract.cloud_event import CloudEvent
from producers.contract.continuation import Continuation, mark_of, written
from producers.contract.hold_warnings import HoldExpiring
from producers.contract.payment_data import NOT_JUDGED, UNTOLD, Asked, EvidenceValue, Judged, Sent
from producers.contract.payment_data import PaymentData as PaymentData
from producers.contract.split_events import SplitEvent
from producers.errors import EventError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _OrderEvent(CloudEvent, frozen=True, kw_only=True, tag_field="type"):
    """`subject` is the order_id."""

    data: PaymentData


class PaymentAccepted(_OrderEvent, frozen=True, tag=names.PAYMENT_ACCEPTED):
    """The order is recorded and will end in exactly one outcome."""


class PaymentPending(_OrderEvent, frozen=True, tag=names.PAYMENT_PENDING):
    """The gateway has the payment and waits for the customer or for itself."""


class PaymentUnknown(_OrderEvent, frozen=True, tag=names.PAYMENT_UNKNOWN):
    """It may have been charged; the resolver is asking."""


class PaymentParked(_OrderEvent, frozen=True, tag=names.PAYMENT_PARKED):
    """Nothing that a machine can ask settles it; a human decides."""


class PaymentApproved(_OrderEvent, frozen=True, tag=names.PAYMENT_APPROVED):
    """Charged."""


class PaymentDeclined(_OrderEvent, frozen=True, tag=names.PAYMENT_DECLINED):
    """The bank said no."""


class PaymentRejected(_OrderEvent, frozen=True, tag=names.PAYMENT_REJECTED):
    """We or the gateway said that the request is wrong; never charged."""


class PaymentExpired(_OrderEvent, frozen=True, tag=names.PAYMENT_EXPIRED):
    """Its time was over before it was sent."""


class PaymentCancelled(_OrderEvent, frozen=True, tag=names.PAYMENT_CANCELLED):
    """Called back before it was sent."""


class PaymentNotCharged(_OrderEvent, frozen=True, tag=names.PAYMENT_NOT_CHARGED):
    """Proven: not charged, and will not be."""


class FollowUpEvent(_OrderEvent, frozen=True):
    """What became of a refund, a settlement or a void; `type` is told by `event_type`."""


class LinkEvent(_OrderEvent, frozen=True):
    """What became of a payment link; `type` is told by `event_type`."""


OrderEvent = (
    PaymentAccepted
    | PaymentPending
    | PaymentUnknown
    | PaymentParked
    | PaymentApproved
    | PaymentDeclined
    | PaymentRejected
    | PaymentExpired
    | PaymentCancelled
    | PaymentNotCharged
    | FollowUpEvent
    | LinkEvent
)
#: Everything that is on the stream.
Event = OrderEvent | ChargebackEvent | HoldExpiring | SplitEvent


def _kind_event(tag: str) -> type[FollowUpEvent | LinkEvent]:
    """One class per type: a tag belongs to a class."""
    name = "".join(part.title() for part in re.split("[._]", tag))
    base = LinkEvent if tag.startswith(f"{names.LINK}.") else FollowUpEvent
    made = msgspec.defstruct(name, [], bases=(base,), frozen=True, kw_only=True, tag=tag)
    return cast("type[FollowUpEvent | LinkEvent]", made)


_PAYMENT_EVENTS: Final = tuple(kind for kind in get_args(OrderEvent) if kind not in (FollowUpEvent, LinkEvent))
_KIND_EVENTS: Final = tuple(_kind_event(tag) for tag in names.KIND_EVENT_TYPES.values())
#: The class of each type of event of an order.
CLASSES: Final[Mapping[str, type[OrderEvent]]] = {
    str(kind.__struct_config__.tag): kind for kind in (*_PAYMENT_EVENTS, *_KIND_EVENTS)
}
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(
    Union[(*CLASSES.values(), *get_args(ChargebackEvent), HoldExpiring, *get_args(SplitEvent))]
)


def event_id(attempt_ref: str, state: str) -> str:
    """The id of the event that tells of this attempt entering this state."""
    return f"{attempt_ref}:{state}"


def event_type(state: str, kind: str = "") -> str:
    """What the event of an order of that kind (empty: a charge) entering this state is called."""
    return names.KIND_EVENT_TYPES[kind, state] if kind else names.EVENT_TYPES[state]


def held_id(attempt_ref: str) -> str:
    """The id of the event that tells of a pending payment that it has become a hold."""
    return f"{event_id(attempt_ref, states.PENDING)}:{states.HELD}"


def further_step_id(attempt_ref: str, state: str, continuation: Continuation) -> str:
    """The id of the event that tells of a further step of 3-D Secure: the state is the same, the step is not."""
    return f"{event_id(attempt_ref, state)}:{mark_of(written(continuation))}"


def succession_id(attempt_ref: str, successor: str) -> str:
    """The id of the event that tells of an order that another one goes on for it."""
    return f"{event_id(attempt_ref, states.PENDING)}:{successor}"


def payment_event(
    *,
    state: str,
    order_id: str,
    attempt_ref: str,
    account: str,
    producer: str,
    amount: Money,
    time_ms: int,
    kind: str = "",
    payment_id: str | None = None,
    follow_up_id: str | None = None,
    link_url: str | None = None,
    link_expires_at: datetime | None = None,
    card_last4: str | None = None,
    card_brand: str | None = None,
    error: str | None = None,
    decline_code: str | None = None,
    merchant_advice_code: str | None = None,
    reason: str | None = None,
    evidence: Mapping[str, EvidenceValue] | None = None,
    type: str | None = None,
    settled: bool | None = None,
    continuation: Continuation | None = None,
    successor: str | None = None,
    root: str | None = None,
    asked: Asked = UNTOLD,
    sent: Sent | None = None,
    judged: Judged = NOT_JUDGED,
    further_step: bool = False,
    since_held: bool = False,
) -> OrderEvent:
    """The event of an order of that kind (empty: a charge) entering `state`, one of `names.EVENT_TYPES`, at `time_ms`.

    `further_step`: it was in that state before, and has another `continuation` since; `since_held`: it was, and has
    become a hold. A card number in the gateway's words is masked.
    """
    data = PaymentData(
        order_id=order_id,
        attempt_ref=attempt_ref,
        state=state,
        account=account,
        producer=producer,
        amount=amount.text,
        currency=amount.currency,
        payment_id=payment_id,
        follow_up_id=follow_up_id,
        link_url=link_url,
        link_expires_at=link_expires_at,
        card_last4=card_last4,
        card_brand=card_brand,
        error=None if error is None else mask_card_numbers(error),
        decline_code=decline_code,
        merchant_advice_code=merchant_advice_code,
        reason=reason,
        evidence=None if evidence is None else dict(evidence),
        type=type,
        settled=settled,
        continuation=continuation,
        successor=successor,
        root=root,
        country=asked.country,
        batch=asked.batch,
        customer=asked.customer,
        card_id=judged.card_id,
        risk=judged.risk,
        sent_at=None if sent is None else _EPOCH + timedelta(milliseconds=sent.at_ms),
        claims=sent.claims if sent is not None and sent.claims > 1 else None,
    )
    return _told(data, kind, time_ms, further=further_step or since_held)


def _told(data: PaymentData, kind: str, time_ms: int, *, further: bool) -> OrderEvent:
    """The event with these data; `further`: it does not tell of the state itself."""
    make, time = CLASSES[event_type(data.state, kind)], _EPOCH + timedelta(milliseconds=time_ms)
    return make(id=_ids(data)[-1 if further else 0], subject=data.order_id, time=time, data=data)


def encode(event: Event) -> bytes:
    """The event as JSON; equal events give equal bytes."""
    return msgspec.json.encode(event)


def decode(data: bytes) -> Event:
    """The event these bytes are.

    Raises:
        EventError: not one of ours, or one that contradicts itself.
    """
    try:
        event = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"not an event of ours ({type(error).__name__})") from None
    if wrong := _contradiction(event):
        raise EventError(wrong)
    return event


def _contradiction(event: Event) -> str:
    if isinstance(event, HoldExpiring):
        return hold_warnings.contradiction(event)
    if isinstance(event, ChargebackEvent):
        return chargebacks.contradiction(event)
    if isinstance(event, SplitEvent):
        return split_events.contradiction(event)
    told = event.data
    if str(event.__struct_config__.tag).partition(".")[2] != told.state:
        return "the type is not that of the state"
    if event.id not in _ids(told) or event.subject != told.order_id:
        return "id or subject are not those of the data"
    return ""


def _ids(told: PaymentData) -> tuple[str, ...]:
    """Every id that an event of these data may have: first that of what is told once, then of what came since."""
    entered = event_id(told.attempt_ref, told.state)
    if told.reason == states.HELD:
        return entered, held_id(told.attempt_ref)
    if told.successor is not None and told.state == states.PENDING:
        return (succession_id(told.attempt_ref, told.successor),)
    if told.continuation is None:
        return (entered,)
    return entered, further_step_id(told.attempt_ref, told.state, told.continuation)
