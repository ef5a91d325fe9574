"""The names of a subscription's orders: a function of subscription, period and attempt, and of nothing else. Pure.

`sub.gym-42.7` is the order of period 7 of `gym-42`, `sub.gym-42.7.2` the second attempt at it. A subscription's id has
no dot, so no two orders share a name; and none ends as the further attempts that the ledger makes itself (`-a2`).
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

#: How order_ids of renewals begin. Orders of other kinds must not.
PREFIX: Final = "sub."
#: Characters of a subscription's id: with prefix, period and attempt an order_id has 47 at the most.
ID_MAX: Final = 32
#: Periods of one subscription, and attempts at one period.
NUMBER_MAX, ATTEMPT_MAX = 999_999, 99

_ORDER_ID: Final = re.compile(r"sub\.([A-Za-z0-9-]{1,32})\.([1-9][0-9]{0,5})(?:\.([2-9]|[1-9][0-9]))?", re.ASCII)


def order_id_of(subscription_id: str, number: int, attempt: int = 1) -> str:
    """The order_id of an attempt at a period."""
    assert 0 < number <= NUMBER_MAX and 0 < attempt <= ATTEMPT_MAX
    return f"{PREFIX}{subscription_id}.{number}" + (f".{attempt}" if attempt > 1 else "")


def period_of(order_id: str) -> tuple[str, int, int] | None:
    """Subscription, period and attempt that the order is of; None for an order of another kind."""
    match = _ORDER_ID.fullmatch(order_id)
    return (match[1], int(match[2]), int(match[3] or 1)) if match else None


def second_of(subscription_id: str, from_h: int, until_h: int) -> int:
    """The second of the local day at which the subscription is due: between two hours, by a hash of its id."""
    drawn = int.from_bytes(hashlib.sha256(subscription_id.encode()).digest()[:8])
    return from_h * 3600 + drawn % ((until_h - from_h) * 3600)
