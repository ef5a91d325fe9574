"""The calls of the sweeper, which looks after what is due; as pure as those of `calls`."""

from __future__ import annotations

from typing import cast

from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.results import Due, Waking


def sweep(*, limit: int, grace_ms: int, grace_max_ms: int, batch_least: int = 0, tell: int = 0) -> Call[Due]:
    """Take the orders whose time has come, at most `limit`: those of batches come last, and as many as `batch_least` of
    them whatever else is due. Of at most `tell` orders it is told that they were accepted, where nobody has."""
    return Call("sweep", (limit, grace_ms, grace_max_ms, batch_least, tell), _due)


def reap(*, presence_ms: int, limit: int) -> Call[Due]:
    """Take back what workers hold that have not been seen for `presence_ms`."""
    return Call("reap", (presence_ms, limit), _due)


def _due(reply: Reply) -> Due:
    flat = (part.decode() for part in cast(list[bytes], reply[1]))
    waking = tuple(
        Waking(order, int(number), batch == "1") for order, number, batch in zip(flat, flat, flat, strict=True)
    )
    told = int(cast(bytes, reply[3])) if len(reply) > 3 else 0
    return Due(waking, tuple(order.decode() for order in cast(list[bytes], reply[2])), told)
