"""How the charges of a run want to be paid: most by card at once, some in two phases, after a question, or on a link.

The form of an order is decided by its id alone, unless a fault needs it to be another one (`Plan.forms`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from producers.contract import names
from producers.contract.follow_ups import description_with, token_of
from producers.runtime.ledger.record import Record
from tests.campaign import following
from tests.campaign.following import kind_of

#: The bank asks the customer, by 3-D Secure; a hold is settled once it was chosen; somebody pays on a page.
ASKED, TWO_PHASE, LINK = "asked", "two_phase", "link"
#: The share of orders of each form.
SHARES: Final[Mapping[str, float]] = {ASKED: 0.06, TWO_PHASE: 0.08, LINK: 0.06}
#: What the merchant writes on links.
DESCRIPTION: Final = "Invoice 77"
#: What the customer of a link does, and how often.
PAYS, PAYS_TWICE, NEVER_PAYS, CANCELLED = "pays", "pays twice", "never pays", "cancelled"
PAYINGS: Final[Mapping[str, float]] = {PAYS: 0.55, PAYS_TWICE: 0.15, NEVER_PAYS: 0.15, CANCELLED: 0.15}


def form_of(order_id: str) -> str:
    """One of the forms above; empty for a plain charge and for what follows a payment."""
    if kind_of(order_id):
        return ""
    drawn = random.Random(f"form {order_id}").random()
    for form, share in SHARES.items():
        if drawn < share:
            return form
        drawn -= share
    return ""


def paying_of(order_id: str) -> str:
    """What the customer of this link does."""
    return random.Random(f"pays {order_id}").choices(list(PAYINGS), list(PAYINGS.values()))[0]


def rule_of(order_id: str, fault: str, **more: Any) -> dict[str, Any]:
    """The sandbox's rule that strikes that order's request, whatever it is for."""
    if kind_of(order_id):
        return following.rule_of(order_id, fault, **more)
    if form_of(order_id) == LINK:
        described = description_with(token_of(order_id), DESCRIPTION)
        return {"fault": fault, "operation": names.LINK, "description": described, **more}
    return {"fault": fault, "order_id": order_id, **more}


def counted(wanted: Mapping[str, str], orders: Mapping[str, Record]) -> Counter[str]:
    """How many orders there were of each form, and how they ended."""
    return Counter(f"{form} {orders[order_id].state}" for order_id, form in wanted.items() if order_id in orders)
