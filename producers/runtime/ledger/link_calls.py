"""Calls of the ledger that only payment links take; as pure as those of `calls`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final, cast

from producers.runtime.ledger.call import Argument, Call, Reply
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.results import NotYours

#: Stands before the token of a link where a payment's reference is expected; no order_id of the gateway has it.
LINKED: Final = "~"


def withdraw(order_id: str) -> Call[Record | NotYours]:
    """Keep the wish that a link is deleted. The order as it is now; NotYours: `missing`, or `no_link`."""

    def decode(reply: Reply) -> Record | NotYours:
        if reply[0] == b"ok":
            return record_from(order_id, cast(list[bytes], reply[1]))
        return NotYours(cast(bytes, reply[0]).decode())

    return Call("withdraw", (order_id,), decode, durable=True)


def rest(order_id: str, token: str, *, delay_ms: int, fields: Mapping[str, Argument] | None = None) -> Call[bool]:
    """Look at a pending order again in `delay_ms`, or at once if it has fallen due since; False: it is not pending
    under this token any more."""
    flat = tuple(chain.from_iterable((fields or {}).items()))
    return Call("rest", (order_id, token, delay_ms, *flat), lambda reply: reply[0] == b"ok")
