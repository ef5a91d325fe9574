"""The operation by which another order goes on for one that the bank has declined. As `calls`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import moved
from producers.runtime.ledger.results import Moved, NotYours


@dataclass(frozen=True, slots=True)
class Told:
    """An event and its id; without an id nothing is told."""

    event_id: str = ""
    event: bytes = b""


def succeed(
    order_id: str,
    token: str,
    *,
    allowed: Iterable[str],
    successor: str,
    ref: str,
    further: str,
    reason: str,
    payment_id: str,
    told: Told,
    told_of_root: Told,
    told_of_successor: Told,
    due_ms: int,
    fields: Mapping[str, Argument],
) -> Call[Moved | NotYours]:
    """Record the decline of this payment if the order is still in one of the `allowed` states under this token, and
    create its `successor` out of what its row holds; `further` is what may continue that one. `due_ms` is when the
    chain's first order is looked at."""
    flat = tuple(chain.from_iterable(fields.items()))
    tellings: tuple[tuple[Argument, Argument], ...] = tuple(
        (each.event_id, each.event) for each in (told, told_of_root, told_of_successor)
    )
    args: tuple[Argument, ...] = (
        order_id,
        token,
        " ".join(allowed),
        successor,
        ref,
        further,
        reason,
        payment_id,
        *chain.from_iterable(tellings),
        due_ms,
        *flat,
    )
    return Call("succeed", args, moved)
