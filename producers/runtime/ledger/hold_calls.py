"""The operations about holds: which one of a two-phase order is chosen and settled, which are strays, and of which
their owner is told that they expire. As `calls`.
"""

from __future__ import annotations

from typing import Final, Literal

from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.calls import moved
from producers.runtime.ledger.results import Moved, NotYours

#: What became of a warning: told now, told or ended before, or put off because something is open that may settle it.
Warned = Literal["told", "again", "busy"]
_WARNED: Final[dict[bytes, Warned]] = {b"ok": "told", b"again": "again", b"busy": "busy"}


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


def warn(account: str, payment_id: str, *, event_id: str, event: bytes, patient: bool) -> Call[Warned]:
    """Tell the owner of a hold that it expires. `patient` puts that off while an order is open that follows it."""

    def decode(reply: Reply) -> Warned:
        assert isinstance(reply[0], bytes)
        return _WARNED[reply[0]]

    return Call("warn", (account, payment_id, event_id, event, int(patient)), decode)


def over(account: str, payment_id: str) -> Call[bool]:
    """Forget a hold that holds nothing any more; True if this call did."""
    return Call("warn", (account, payment_id, "", b"", 0), lambda reply: reply[0] == b"ok")
