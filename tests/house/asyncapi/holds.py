"""What the AsyncAPI document says of holds that expire: their fields, and an example."""

from __future__ import annotations

from typing import Final

from cardinity_client.money import Money
from producers.contract.hold_warnings import HoldExpiring, hold_expiring

#: Fields that no other event has.
MEANINGS: Final = {"expires_at": "When the gateway lets the hold go, at the earliest: then it can be settled no more."}
#: 2026-01-21 10:00:00.123 UTC, the moment of the example, and when its hold expires: a day later.
_NOTICED_MS: Final = 1_768_989_600_123
_EXPIRES_MS: Final = 1_769_076_000_123


def hold_example() -> HoldExpiring:
    """An event of a hold that is about to expire."""
    return hold_expiring(
        order_id="ORD-1001",
        attempt_ref="ORD-1001",
        account="default",
        producer="shop",
        amount=Money(2550, "EUR"),
        payment_id="3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
        expires_at_ms=_EXPIRES_MS,
        time_ms=_NOTICED_MS,
    )
