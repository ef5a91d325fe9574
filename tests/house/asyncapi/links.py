"""What the AsyncAPI document says of the events of payment links."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from producers.contract import states

#: What each state means for a payment link.
STATES = {
    states.ACCEPTED: "is recorded and will end in exactly one outcome.",
    states.PENDING: "is there and can be paid.",
    states.UNKNOWN: "may have been made, with an address that nobody was told; the resolver is asking.",
    states.PARKED: "cannot be settled by asking; a human decides.",
    states.APPROVED: "was paid.",
    states.DECLINED: "was declined by the bank; never told, for a customer may try again.",
    states.REJECTED: "was refused as wrong, by us or by the gateway; it was not made.",
    states.EXPIRED: "was not made before its time was over.",
    states.CANCELLED: "was called back before it was made.",
    states.NOT_CHARGED: "is over, and proven not to have been paid.",
}

#: What an event of a link typically tells where it is not what others tell.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    states.PENDING: {
        "link_url": "https://checkout.cardinity.com/link/6c0c1f0e-2f0a-4d4e-8a53-0d2b6f1f7e11",
        "link_expires_at": datetime(2026, 2, 1, 12, tzinfo=UTC),
    },
    states.DECLINED: {},
    states.NOT_CHARGED: {"reason": "link_unpaid"},
}
