"""The operations of two-phase orders: which hold is chosen and settled, and which are strays. As `calls`."""

from __future__ import annotations

from producers.runtime.ledger.call import Call
from producers.runtime.ledger.calls import moved
from producers.runtime.ledger.results import Moved, NotYours


def hold(
    order_id: str, token: str, payment_id: str, *, due_ms: int, event_id: str, event: bytes
) -> Call[Moved | NotYours]:
    """Record that the chosen payment of a pending two-phase order has become a hold."""
    return Call("hold", (order_id, token, payment_id, due_ms, event_id, event), moved)


def turn(
    order_id: str, token: str, payment_id: str, worker: str, *, window_ms: int, presence_ms: int, due_ms: int
) -> Call[Moved | NotYours]:
    """Ask for the turn to settle this hold, or give it up (`window_ms` 0): if it is the chosen one, durably."""
    args = (order_id, token, payment_id, worker, window_ms, presence_ms, due_ms)
    return Call("turn", args, moved, durable=True)


def let_go(payment_id: str, order_id: str, *, alarm: str = "") -> Call[bool]:
    """Forget a stray; True if this call did. `alarm` is the order's state, for a stray that took money."""
    return Call("let_go", (payment_id, order_id, alarm), lambda reply: reply[0] == b"ok")
