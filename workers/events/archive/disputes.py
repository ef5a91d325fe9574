"""A chargeback's row, from all events that tell of it. Pure, and as blind to their order as `orders`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from producers.contract.chargebacks import ChargebackEvent, chargeback_event_id
from producers.contract.names import CHARGEBACK_TYPES
from producers.subscriptions.values import milliseconds
from workers.events.archive.entries import minor_of, words

#: The status that a decision follows.
_FIRST: Final = "initiated"


def event_ids(chargeback_id: str) -> tuple[str, ...]:
    """Every event that there can be of a chargeback."""
    return tuple(chargeback_event_id(chargeback_id, status) for status in CHARGEBACK_TYPES)


def chargeback_row(events: Sequence[ChargebackEvent]) -> dict[str, Any]:
    """The row."""
    told = sorted(events, key=lambda event: (event.data.status != _FIRST, event.time, event.id))
    data = told[-1].data
    return {
        "chargeback_id": data.chargeback_id,
        "status": data.status,
        "account": data.account,
        "amount_minor": minor_of(data.amount, data.currency),
        "currency": data.currency,
        "payment_id": data.payment_id,
        "order_id": next((event.data.order_id for event in reversed(told) if event.data.order_id), None),
        "reason": words(next((event.data.reason for event in reversed(told) if event.data.reason), None), 255),
        "created_at_ms": milliseconds(data.created),
        "changed_at_ms": max(milliseconds(event.time) for event in told),
    }
