"""Why an order is in doubt, in a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: By the code that stands with the order.
REASONS: Final[Mapping[str, str]] = {
    "absence_is_not_proof_here": "It is not in the gateway's list, and this account takes no absence for a proof.",
    "hole_in_coverage": "It is not in the gateway's list, and part of the list was not seen.",
    "reference_with_other_content": "The gateway has a payment of this reference that is not what was asked for.",
    "payment_of_another_order": "The payment that it had turned out to be another order's.",
    "payment_not_found": "A payment was listed that cannot be read.",
    "declined_and_approved": "The gateway has a declined payment of it, and an approved one.",
    "logs_missing": "It is not in the gateway's list, but a log is lost that may tell of an order that went on for it.",
    "list_unreadable": "A row of the gateway's list could not be read.",
}


def told(code: str) -> str:
    """The sentence; the code itself where there is none."""
    return REASONS.get(code, code)
