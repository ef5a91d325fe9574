"""What events say of risk, in words."""

from __future__ import annotations

from typing import Final

MEANINGS: Final = {
    "at_ms": "When the order was judged, in ms since 1970 UTC.",
    "verdict": "What was done: `allow`, `review` or `block`.",
    "rules": "The rules that were met, first those that the verdict is for; rules in shadow are among them.",
    "country": "The customer's country as the order declares it.",
    "ip_country": "That of their address, where the deployment has a list.",
    "ip_id": "A name of that address that nobody can work out without a key of the workers'.",
    "offset_min": "Minutes that the customer's clock, else the merchant's, is ahead of UTC.",
}
