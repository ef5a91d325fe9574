"""What may follow a payment: part of it is given back, a hold is settled, a hold is let go.

None of them has a reference of ours but `description`. Who wants to find one again whose answer was lost puts a token
into it that nobody else has, one that no digits could make look like a card number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from cardinity_client.models.checks import require_description, require_id, require_positive
from cardinity_client.money import Money

T_co = TypeVar("T_co", covariant=True)

FollowUpStatus = Literal["approved", "declined", "processing"]


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """Gives `amount` of an approved payment back. Several refunds may follow one payment."""

    payment_id: str
    amount: Money
    description: str | None = None

    def __post_init__(self) -> None:
        require_id(self.payment_id, "payment_id")
        require_positive(self.amount)
        require_description(self.description)


@dataclass(frozen=True, slots=True)
class CreateSettlement:
    """Takes `amount` of a hold, all of it or less; what is left of the hold is let go."""

    payment_id: str
    amount: Money
    description: str | None = None

    def __post_init__(self) -> None:
        require_id(self.payment_id, "payment_id")
        require_positive(self.amount)
        require_description(self.description)


@dataclass(frozen=True, slots=True)
class CreateVoid:
    """Lets a hold go that is not settled."""

    payment_id: str
    description: str | None = None

    def __post_init__(self) -> None:
        require_id(self.payment_id, "payment_id")
        require_description(self.description)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What all of them tell. `order_id` is the payment's; `error` is there when it was declined."""

    id: str
    payment_id: str
    created_at: datetime
    status: FollowUpStatus
    live: bool
    order_id: str | None
    description: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Void(FollowUp):
    """A void as the gateway tells it."""


@dataclass(frozen=True, slots=True)
class Refund(FollowUp):
    """A refund as the gateway tells it."""

    amount: Money


@dataclass(frozen=True, slots=True)
class Settlement(FollowUp):
    """A settlement as the gateway tells it."""

    amount: Money


@dataclass(frozen=True, slots=True)
class Listing(Generic[T_co]):
    """A list in the gateway's order. `unparsed` rows are evidence too: an absence is not proven while there are any."""

    items: tuple[T_co, ...]
    count: int
    unparsed: int
