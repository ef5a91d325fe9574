"""By which ids an order's trace is known. They follow from the order, so nobody has to carry them."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

#: What is hashed in front, so that no other hash of an order_id gives the same. Changed, it would make two traces of
#: the orders under way.
NAMESPACE: Final = b"cardinity-batch trace 1"


class TraceIds(NamedTuple):
    """The ids of a trace and of its first span, as W3C Trace Context has them: 128 and 64 bits, never 0."""

    trace_id: int
    root_id: int


def trace_ids(epoch: str, order_id: str) -> TraceIds:
    """The ids of that order's trace in the ledger of that epoch.

    With the epoch, two ledgers that both know an `ORD-1` have a trace each, and nobody can work out an id from an
    order_id alone.
    """
    digest = hashlib.sha256(b"\0".join((NAMESPACE, epoch.encode(), order_id.encode()))).digest()
    return TraceIds(int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1)
