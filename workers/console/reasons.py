"""Why an order is in doubt, in a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: By the code that stands with the order: first what left an order unknown, then what parked it.
REASONS: Final[Mapping[str, str]] = {
    "http_5xx": "The gateway answered with an error that says nothing of the payment.",
    "http_4xx": "The gateway answered with a status that says nothing of the payment.",
    "http_3xx": "The gateway's answer led elsewhere, and was not followed.",
    "timeout": "No answer came in time.",
    "connection_lost": "The connection broke before an answer came.",
    "truncated": "The answer broke off.",
    "oversized": "The answer was longer than any of the gateway's.",
    "response_malformed": "What came back was no answer in HTTP.",
    "absence_is_not_proof_here": "It is not in the gateway's list, and this account takes no absence for a proof.",
    "hole_in_coverage": "It is not in the gateway's list, and part of the list was not seen.",
    "reference_with_other_content": "The gateway has a payment of this reference that is not what was asked for.",
    "payment_of_another_order": "The payment that it had turned out to be another order's.",
    "payment_not_found": "A payment was listed that cannot be read.",
    "declined_and_approved": "The gateway has a declined payment of it, and an approved one.",
    "list_unreadable": "A row of the gateway's list could not be read.",
}


def told(code: str) -> str:
    """The sentence; the code itself where there is none."""
    return REASONS.get(code, code)
