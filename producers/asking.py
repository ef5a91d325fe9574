"""What both faces of the API ask and tell alike: which row, who confirms, whom to wake. No I/O."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from producers.acceptance import Order
from producers.errors import OrderUnknown
from producers.runtime.ledger import keys, link_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import NotYours
from producers.runtime.queue import Enqueue, WakeUp, in_calls
from producers.runtime.settings import Settings


def replicas(settings: Settings) -> dict[str, int]:
    """Who must confirm an accept before the caller hears of it."""
    return {
        "replicas": settings.ledger_replicas,
        "replicas_wait_ms": int(settings.ledger_replicas_wait_s * 1000),
    }


def wake_ups(orders: Sequence[Order]) -> Iterator[Enqueue]:
    """The calls that place a message for each order that waits to be taken."""
    now_ms = int(time.time() * 1000)
    return in_calls([WakeUp(order.order_id, now_ms) for order in orders if order.state == "accepted"])


def row_key(order_id: str) -> str:
    """The key of the order's row; text that no key can be made of names no order."""
    if not str(order_id).isascii():
        raise OrderUnknown(order_id)
    return keys.order(order_id)


def withdrawal(order_id: str) -> Call[Record | NotYours]:
    """The call that keeps the wish that the order's link is deleted."""
    row_key(order_id)
    return link_calls.withdraw(str(order_id))
