"""Chargebacks told to others: one event per status that the gateway was seen to give one.

The id follows from chargeback and status (`chargeback/<id>/<status>`), so the same news twice is one event; the slash
keeps it apart from the events of orders, whose ids have none. Chargebacks of payments that are none of our orders are
told as well: the money is the merchant's all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from cardinity_client.models.disputes import Chargeback
from producers.contract import names
from producers.contract.card_numbers import mask_card_numbers
from producers.contract.cloud_event import AwareTime, CloudEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: Statuses of a chargeback after which the card is not charged again without its holder. A declined one took nothing.
STOPPING: Final = frozenset({"initiated", "approved"})


class ChargebackData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The chargeback as the gateway tells it; absent is what is not known."""

    chargeback_id: str
    status: Literal["initiated", "approved", "declined"]
    account: str
    amount: str
    currency: str
    #: The payment that is disputed, by the gateway's id.
    payment_id: str
    #: When the gateway says that the chargeback was created.
    created: AwareTime
    #: The order of ours that made the payment; absent when none did.
    order_id: str | None = None
    #: What the gateway has as the payment's order_id.
    reference: str | None = None
    #: The gateway's words, `"<code>: <text>"`.
    reason: str | None = None


class _ChargebackEvent(CloudEvent, frozen=True, kw_only=True, tag_field="type"):
    """`subject` is the order_id, or the payment's id where it is no order's."""

    data: ChargebackData


class ChargebackInitiated(_ChargebackEvent, frozen=True, tag=names.CHARGEBACK_INITIATED):
    """A cardholder disputes a payment at the bank; nothing is decided."""


class ChargebackApproved(_ChargebackEvent, frozen=True, tag=names.CHARGEBACK_APPROVED):
    """The bank has taken the money back."""


class ChargebackDeclined(_ChargebackEvent, frozen=True, tag=names.CHARGEBACK_DECLINED):
    """The bank has not taken the money back."""


ChargebackEvent = ChargebackInitiated | ChargebackApproved | ChargebackDeclined

_CLASSES: Final[Mapping[str, type[ChargebackEvent]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(ChargebackEvent)
}


def dispute_name(chargeback_id: str) -> str:
    """What the ledger knows a dispute by."""
    return f"chargeback/{chargeback_id}"


def chargeback_event_id(chargeback_id: str, status: str) -> str:
    """The id of the event that tells of this chargeback being in this status."""
    return f"{dispute_name(chargeback_id)}/{status}"


def chargeback_event(chargeback: Chargeback, *, account: str, order_id: str | None, time_ms: int) -> ChargebackEvent:
    """The event that tells of it at `time_ms`. A card number in a text of others is masked."""
    data = ChargebackData(
        chargeback_id=chargeback.id,
        status=chargeback.status,
        account=account,
        amount=chargeback.amount.text,
        currency=chargeback.amount.currency,
        payment_id=chargeback.payment_id,
        created=chargeback.created_at,
        order_id=order_id,
        reference=_masked(chargeback.order_id),
        reason=_masked(chargeback.reason),
    )
    return _CLASSES[names.CHARGEBACK_TYPES[chargeback.status]](
        id=chargeback_event_id(chargeback.id, chargeback.status),
        subject=order_id or chargeback.payment_id,
        time=_EPOCH + timedelta(milliseconds=time_ms),
        data=data,
    )


def contradiction(event: ChargebackEvent) -> str:
    """What in this event contradicts itself; empty if nothing does."""
    told = event.data
    if _CLASSES[names.CHARGEBACK_TYPES[told.status]] is not type(event):
        return "the type is not that of the status"
    if event.id != chargeback_event_id(told.chargeback_id, told.status):
        return "the id is not that of the data"
    if event.subject != (told.order_id or told.payment_id):
        return "the subject is not that of the data"
    return ""


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_card_numbers(text)
