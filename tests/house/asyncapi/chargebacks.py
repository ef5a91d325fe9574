"""What the AsyncAPI document says of chargebacks: their fields, and an example of each type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cardinity_client.models.disputes import Chargeback, DisputeStatus
from cardinity_client.money import Money
from producers.contract.chargebacks import ChargebackEvent, chargeback_event
from producers.contract.names import CHARGEBACK_TYPES

#: Fields that no other event has.
MEANINGS: Final = {
    "chargeback_id": "The gateway's id of the chargeback.",
    "status": "What the gateway says of it. An initiated one may still be decided either way.",
    "created": "When the gateway says that it was created.",
    "reference": "What the gateway has as the payment's order_id.",
}
#: The status that each type of event tells of.
STATUSES: Final = {name: status for status, name in CHARGEBACK_TYPES.items()}
#: 2026-01-15 10:00:00.123 UTC, the moment of every example.
_NOTICED_MS: Final = 1_768_471_200_123


def chargeback_example(status: str, *, ours: bool = True, reason: str | None = None) -> ChargebackEvent:
    """An event of a chargeback in this status."""
    known: dict[str, DisputeStatus] = {"initiated": "initiated", "approved": "approved", "declined": "declined"}
    order_id = "ORD-1001" if ours else None
    chargeback = Chargeback(
        id="5b0e1d52-7c1e-4d0c-9a51-0b6f4e2d9c10",
        payment_id="3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
        amount=Money(2550, "EUR"),
        created_at=datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
        status=known[status],
        live=False,
        order_id=order_id,
        description=None,
        reason=reason,
    )
    return chargeback_event(chargeback, account="default", order_id=order_id, time_ms=_NOTICED_MS)
