"""Payment links: a page of the gateway's on which somebody pays, without a card passing through our hands.

A link has no order_id. Its description comes back in the payment that is made through it: the place for a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cardinity_client.errors import RequestInvalid
from cardinity_client.models.checks import (
    DESCRIPTION_MAX,
    require_country,
    require_half,
    require_id,
    require_moment,
    require_text,
)
from cardinity_client.money import Money


@dataclass(frozen=True, slots=True)
class CreatePaymentLink:
    """A link for `amount`. Without `expires_at` the gateway chooses, seven days by what is known.

    `multiple_use` lets several people pay the same link.
    """

    amount: Money
    description: str
    country: str | None = None
    expires_at: datetime | None = None
    multiple_use: bool = False

    def __post_init__(self) -> None:
        require_half(self.amount)
        require_text(self.description, "description", DESCRIPTION_MAX)
        if self.country is not None:
            require_country(self.country, "country")
        if self.expires_at is not None:
            require_moment(self.expires_at, "expires_at")


@dataclass(frozen=True, slots=True)
class UpdatePaymentLink:
    """Moves the end of a link, or switches it on or off; nothing else of it can be changed."""

    link_id: str
    expires_at: datetime | None = None
    enabled: bool | None = None

    def __post_init__(self) -> None:
        require_id(self.link_id, "link_id")
        if self.expires_at is None and self.enabled is None:
            raise RequestInvalid("update_empty", "give expires_at, enabled, or both", "")
        if self.expires_at is not None:
            require_moment(self.expires_at, "expires_at")


@dataclass(frozen=True, slots=True)
class DeletePaymentLink:
    """Ends a link for good."""

    link_id: str

    def __post_init__(self) -> None:
        require_id(self.link_id, "link_id")


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """A link as the gateway tells it. `url` is where the customer pays."""

    id: str
    url: str
    amount: Money
    description: str
    country: str | None
    expires_at: datetime | None
    multiple_use: bool
    enabled: bool
    deleted: bool
