"""Payments: what is asked of the gateway and what it says it did. Values only; `wire` knows their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cardinity_client.models.checks import require_id
from cardinity_client.models.threeds import AuthorizeData, ChallengeResult, ThreedsRequest, ThreedsV1, ThreedsV2
from cardinity_client.money import Money
from cardinity_client.secret import Secret

PaymentStatus = Literal["approved", "declined", "pending", "processing"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card as its holder typed it. `cvc` is None only for mail and telephone orders."""

    pan: Secret[str]
    exp_month: int
    exp_year: int
    cvc: Secret[str] | None
    holder: str

    @property
    def last4(self) -> str:
        """The part of the number that may be shown and stored."""
        return self.pan.reveal()[-4:]


@dataclass(frozen=True, slots=True)
class PaymentReference:
    """An earlier approved payment whose card is charged again; no card data is needed."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """One charge. `order_id` is the attempt's own reference: the only thing to find the charge by afterwards.

    `settle` False asks for an authorisation, a hold that is settled or voided later; with an amount of zero it only
    checks the card. `threeds` lets the bank ask the customer, who must be there. `statement_descriptor_suffix` stands
    behind the merchant's name on the customer's statement; 20 characters are safe.
    """

    order_id: str
    amount: Money
    country: str
    description: str | None
    instrument: Card | PaymentReference
    settle: bool = True
    threeds: ThreedsRequest | None = None
    statement_descriptor_suffix: str | None = None


@dataclass(frozen=True, slots=True)
class FinalizePayment:
    """The 3-D Secure step is done: `result` is what the bank's page posted.

    `order_id` and `amount` are the charge's own, so that another payment's answer is not taken for this one's.
    """

    payment_id: str
    order_id: str | None
    amount: Money
    result: ChallengeResult | AuthorizeData

    def __post_init__(self) -> None:
        require_id(self.payment_id, "payment_id")


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the gateway tells it. `created_at` is aware UTC, exact to the millisecond.

    `type` is "purchase", or "authorization" for a hold. `threeds_v2` and `threeds_v1` are there while a 3-D Secure
    step is due; with both, version 2 has failed and version 1 is due. `error` reads `"<code>: <text>"` on declines.
    """

    id: str
    order_id: str | None
    amount: Money
    created_at: datetime
    status: PaymentStatus
    type: str
    live: bool
    last4: str | None
    brand: str | None
    error: str | None
    merchant_advice_code: str | None
    threeds_status_reason: str | None
    threeds_v1: ThreedsV1 | None = None
    threeds_v2: ThreedsV2 | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The latest payments of the account, newest first.

    `payments` are the rows that could be read; `ids` those of all `count` rows that have one. `unparsed` rows
    are still evidence that a payment is there: a scan that proves an absence must not contain any.
    """

    payments: tuple[Payment, ...]
    ids: tuple[str, ...]
    count: int
    unparsed: int
