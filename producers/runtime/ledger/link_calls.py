"""Calls of the ledger that only payment links take; as pure as those of `calls`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

from producers.runtime.ledger.call import Argument, Call

#: Stands before the token of a link where a payment's reference is expected; no order_id of the gateway has it.
LINKED: Final = "~"


def rest(order_id: str, token: str, *, delay_ms: int, fields: Mapping[str, Argument] | None = None) -> Call[bool]:
    """Look at a pending order again in `delay_ms`, or at once if it has fallen due since; False: it is not pending
    under this token any more."""
    flat = tuple(chain.from_iterable((fields or {}).items()))
    return Call("rest", (order_id, token, delay_ms, *flat), lambda reply: reply[0] == b"ok")
