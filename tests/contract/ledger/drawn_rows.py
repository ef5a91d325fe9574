"""Rows of new orders drawn by chance: charges, two-phase ones, what follows a payment, links."""

from __future__ import annotations

from random import Random
from typing import Any

ACCOUNT = "default"
#: What the refunds and settlements among the orders follow.
PARENT = "pay-1"


def row_of(order_id: str, random: Random, *, two_phase: bool = False) -> dict[str, Any]:
    """The fields of a row; one in ten is two-phase, or this one is."""
    follows = {"kind": random.choice(("refund", "settlement", "void")), "parent": PARENT}
    kinds: tuple[dict[str, str], ...] = ({}, {}, {"settle": "0"}, follows, {"kind": "link", "ends_at": ""})
    return {
        "amount_minor": str(random.choice((1000, 2500, 0))),
        "currency": random.choice(("EUR", "JPY")),
        "country": "LT",
        "description": "",
        "instrument": "f" * 32,
        "account": ACCOUNT,
        "producer": "shop",
        "ref": order_id,
        "last4": "1111",
        "expires_at": random.choice((0, 1_768_471_200_000 + 40_000)),
        "batch": random.choice(("", "b1")),
        "envelope": bytes(range(256)),
        **({"two_phase": "1"} if two_phase or random.random() < 0.1 else random.choice(kinds)),
    }
