"""What an event tells of an order: the payment as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, NamedTuple

import msgspec

from producers.contract.cloud_event import AwareTime
from producers.contract.continuation import Continuation
from producers.contract.risk import RiskData

#: What evidence is made of.
EvidenceValue = str | int | bool | None

_Last4 = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")]


class Asked(NamedTuple):
    """What was asked for beside the money; the first two are told once, when the order is accepted."""

    country: str | None = None
    batch: str | None = None
    customer: str | None = None


#: Nothing of it.
UNTOLD: Final = Asked()


class Judged(NamedTuple):
    """A name of the card, and what risk rules found before the order was sent, where a deployment has some."""

    card_id: str | None = None
    risk: RiskData | None = None


#: No rules.
NOT_JUDGED: Final = Judged()


class Sent(NamedTuple):
    """When the order's request could leave, and how often it was taken up until then."""

    at_ms: int
    claims: int = 1


class PaymentData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payment as it stands. `amount` is written as the gateway writes it; absent is what is not known."""

    order_id: str
    #: What the gateway knows this attempt by: an `order_id`, or a token in the description of what has none.
    attempt_ref: str
    state: str
    #: The merchant account that may hold the money; until it is sent, the one that was asked for.
    account: str
    producer: str
    amount: str
    currency: str
    #: The gateway's id of the payment; of the one that it follows, if it is a refund, a settlement or a void.
    payment_id: str | None = None
    #: The gateway's id of the refund, the settlement or the void; of a two-phase charge, of its settlement.
    follow_up_id: str | None = None
    #: Where the customer pays, and until when.
    link_url: str | None = None
    link_expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    card_last4: _Last4 | None = None
    card_brand: str | None = None
    #: The gateway's words for a decline, `"<code>: <text>"`.
    error: str | None = None
    decline_code: str | None = None
    merchant_advice_code: str | None = None
    #: Our stable code for why the order is in this state.
    reason: str | None = None
    #: What the reason rests on, by name.
    evidence: dict[str, EvidenceValue] | None = None
    #: `authorization` for an order that only holds its amount; absent for a charge.
    type: str | None = None
    #: False for such a hold: no money was taken.
    settled: bool | None = None
    #: Where the customer must be sent, version 2 or 1 of 3-D Secure.
    continuation: Continuation | None = None
    #: The order that goes on where this one was declined, or was sent once more, and of such an order the one that it
    #: goes on for.
    successor: str | None = None
    root: str | None = None
    #: Told once, when the order is accepted: the country of the charge, and the batch that it is one of.
    country: str | None = None
    batch: str | None = None
    #: When its request could leave; absent of what was not sent.
    sent_at: AwareTime | None = None
    #: How often it was taken up before it was sent; absent where that was once.
    claims: int | None = None
    #: The merchant's own name of the customer, and a name of the card that nobody can work out without a key of the
    #: workers'.
    customer: str | None = None
    card_id: str | None = None
    #: What risk rules found before it was sent, where a deployment has some.
    risk: RiskData | None = None
