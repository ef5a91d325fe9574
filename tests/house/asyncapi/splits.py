"""What the AsyncAPI document says of payments in parts: their fields, and examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from cardinity_client.money import Money
from producers.contract import names
from producers.contract.split_events import End, SplitEvent, SplitPartData, split_event

#: Fields that no other event has.
MEANINGS: Final = {
    "split_id": "The payment in parts.",
    "total": "The sum of the parts, written as an amount.",
    "parts": "One for each recipient, in the order in which they were asked for.",
    "recipient": "Whom the part is for, as the shop calls them.",
    "undone": "`approved` where the part was given back; absent where it was not.",
}
#: The end that each type tells of.
ENDS: Final[Mapping[str, End]] = {told: cast("End", end) for end, told in names.SPLIT_TYPES.items()}
#: 2026-01-14 10:00:00.123 UTC, the moment of the example.
_ENDED_MS: Final = 1_768_384_800_123
#: How each part stands at each end: its state, and that of what gives it back.
_PARTS: Final[Mapping[str, tuple[tuple[str, str | None], ...]]] = {
    "completed": (("approved", None), ("approved", None)),
    "partial": (("approved", None), ("declined", None)),
    "failed": (("declined", None), ("declined", None)),
    "compensated": (("approved", "approved"), ("declined", None)),
}


def split_example(end: End) -> SplitEvent:
    """The event of a payment in two parts that has ended so."""
    shares = zip(("shop-a", "shop-b"), ("70.00", "30.00"), _PARTS[end], strict=True)
    parts = [
        SplitPartData(recipient=recipient, order_id=f"INV-7.{number}", amount=amount, state=state, undone=undone)
        for number, (recipient, amount, (state, undone)) in enumerate(shares, start=1)
    ]
    total = Money.parse("100.00", "EUR")
    return split_event(split_id="INV-7", state=end, producer="shop", total=total, parts=parts, time_ms=_ENDED_MS)
