"""What the gateway tells, as programs get it: flat JSON objects, the same from the command line and over HTTP.

They say what the gateway said when it was asked. How an order ended is told by the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cardinity_client import Chargeback, Payment, PaymentLink, Rdr, Refund, Settlement, Void
from cardinity_client.models.disputes import Dispute
from cardinity_client.models.follow_ups import FollowUp
from cardinity_client.notifications import PaymentHint
from producers.moments import rfc3339

Record = dict[str, object]


def payment_record(payment: Payment) -> Record:
    """A payment. `type` is "authorization" for a hold, and `authentication` whether its customer is waited for."""
    return {
        "kind": "payment",
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "type": payment.type,
        "amount": payment.amount.text,
        "currency": payment.amount.currency,
        "created": told_at(payment.created_at),
        "card_brand": payment.brand,
        "card_last4": payment.last4,
        "description": payment.description,
        "error": payment.error,
        "merchant_advice_code": payment.merchant_advice_code,
        "threeds_status_reason": payment.threeds_status_reason,
        "authentication": payment.threeds_v1 is not None or payment.threeds_v2 is not None,
        "live": payment.live,
    }


def follow_up_record(item: FollowUp) -> Record:
    """A refund, a settlement or a void; a void has no amount."""
    amount = item.amount if isinstance(item, Refund | Settlement) else None
    return {
        "kind": KINDS[type(item)],
        "id": item.id,
        "payment_id": item.payment_id,
        "order_id": item.order_id,
        "status": item.status,
        "amount": amount and amount.text,
        "currency": amount and amount.currency,
        "created": told_at(item.created_at),
        "description": item.description,
        "error": item.error,
        "live": item.live,
    }


def dispute_record(dispute: Dispute) -> Record:
    """A chargeback or an RDR record."""
    return {
        "kind": KINDS[type(dispute)],
        "id": dispute.id,
        "status": dispute.status,
        "amount": dispute.amount.text,
        "currency": dispute.amount.currency,
        "payment_id": dispute.payment_id,
        "order_id": dispute.order_id,
        "created": told_at(dispute.created_at),
        "reason": dispute.reason,
        "description": dispute.description,
        "live": dispute.live,
    }


def link_record(order_id: str, link: PaymentLink) -> Record:
    """An order's link after it was changed."""
    return {
        "order_id": order_id,
        "link_url": link.url,
        "link_expires_at": link.expires_at and told_at(link.expires_at),
        "enabled": link.enabled,
    }


def hint_record(hint: PaymentHint) -> Record:
    """What the hosted page said of a payment."""
    return {
        "payment_id": hint.payment_id,
        "order_id": hint.order_id,
        "status": hint.status,
        "type": hint.type,
        "amount": hint.amount.text,
        "currency": hint.amount.currency,
        "description": hint.description,
        "error": hint.error,
        "live": hint.live,
    }


def told_at(moment: datetime) -> str:
    """A moment as people and programs both read it."""
    return rfc3339(round(moment.timestamp() * 1000))


#: What each of them is called.
KINDS: Final[Mapping[type, str]] = {
    Refund: "refund",
    Settlement: "settlement",
    Void: "void",
    Chargeback: "chargeback",
    Rdr: "rdr",
}
