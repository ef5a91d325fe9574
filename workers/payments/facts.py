"""What the gateway's own objects say, as fields of a row. Pure."""

from __future__ import annotations

from datetime import datetime

from cardinity_client import Payment, PaymentLink
from cardinity_client.models.follow_ups import FollowUp
from producers.runtime.ledger.call import Argument


def facts_of(made: Payment | FollowUp | PaymentLink) -> dict[str, Argument]:
    """What is known of it, by the names that a row has."""
    facts: dict[str, Argument | None]
    match made:
        case PaymentLink(expires_at=ends_at):
            facts = {
                "link_id": made.id,
                "link_url": made.url,
                "link_ends_at": None if ends_at is None else milliseconds(ends_at),
            }
        case Payment():
            facts = {
                **_decided(made),
                "payment_id": made.id,
                "merchant_advice_code": made.merchant_advice_code,
                "card_brand": made.brand,
            }
        case FollowUp():
            facts = {**_decided(made), "follow_up_id": made.id}
    return {name: value for name, value in facts.items() if value}


def decline_code(error: str | None) -> str | None:
    """The number in front of the gateway's words, `"3000: Do Not Honor"`."""
    code, colon, _ = (error or "").partition(":")
    return code if colon and code.isascii() and code.isdigit() else None


def milliseconds(moment: datetime) -> int:
    """Since 1970 UTC."""
    return round(moment.timestamp() * 1000)


def _decided(made: Payment | FollowUp) -> dict[str, Argument | None]:
    return {"error": made.error, "gateway_created": made.created_at.isoformat()}
