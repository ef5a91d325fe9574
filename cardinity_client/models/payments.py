"""Payments: what is asked of the gateway and what it says it did. Values only; `wire` knows their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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

    `settle` False asks for an authorisation, a hold that is settled or voided later.
    """

    order_id: str
    amount: Money
    country: str
    description: str | None
    instrument: Card | PaymentReference
    settle: bool = True


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the gateway tells it. `created_at` is aware UTC, exact to the millisecond.

    `acs` is there while a 3-D Secure step is due: `{"acs_url", "creq"}` for version 2, `{"url", "data"}` for
    version 1. `error` reads `"<code>: <text>"` on declines.
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
    acs: Mapping[str, str] | None


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
