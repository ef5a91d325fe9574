"""An order as programs get it: one JSON object, the same from the command line and over HTTP."""

from __future__ import annotations

import msgspec

from producers.acceptance import Order
from producers.contract.fields import DIRECT, TWO_PHASE
from producers.moments import rfc3339
from producers.verification import Verification


def verification_record(told: Verification) -> dict[str, object]:
    """How everything that tells of an order stands beside its row."""
    return {
        "order_id": told.order_id,
        "state": told.state,
        "agrees": told.agrees,
        "integrity": told.integrity,
        "envelope": told.envelope,
        "gateway": told.gateway,
        "fields": list(told.fields),
    }


def as_record(order: Order) -> dict[str, object]:
    """The order; what is not known is null."""
    return {
        "order_id": order.order_id,
        "kind": order.kind or "charge",
        "state": order.state,
        "final": order.final,
        "amount": order.amount.text,
        "currency": order.amount.currency,
        "account": order.account,
        "payment_id": order.payment_id,
        "follow_up_id": order.follow_up_id,
        "reason": order.reason,
        "error": order.error,
        "settle": order.settle,
        "mode": TWO_PHASE if order.two_phase else DIRECT if order.direct else None,
        "continuation": msgspec.to_builtins(order.continuation),
        "successor": order.successor,
        "link_id": order.link_id,
        "link_url": order.link_url,
        "link_expires_at": rfc3339(order.link_ends_at_ms) if order.link_ends_at_ms else None,
        "created_at": rfc3339(order.created_at_ms) if order.created_at_ms else None,
        "since": rfc3339(order.since_ms),
        "archived": order.archived,
    }
