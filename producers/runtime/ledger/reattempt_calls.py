"""The operations by which two operators have a parked order sent once more. As `calls`."""

from __future__ import annotations

from typing import cast

from producers.contract.succession import NEW_ATTEMPT
from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.calls import moved
from producers.runtime.ledger.results import Moved, NotYours, Proposed
from producers.runtime.ledger.succession_calls import Told


def propose(order_id: str, token: str, *, by: str, valid_ms: int, because: str) -> Call[Proposed | NotYours]:
    """Keep an operator's word that the parked order may be sent once more, for so long. Somebody else's word that
    still holds stays; answered is whose it is."""

    def decode(reply: Reply) -> Proposed | NotYours:
        why, *rest = (cast(bytes, part).decode() for part in reply)
        return Proposed(*rest) if why in ("ok", "proposed_before") else NotYours(why, *rest)

    return Call("propose", (order_id, token, by, valid_ms, because), decode, durable=True)


def reattempt(
    order_id: str,
    token: str,
    *,
    successor: str,
    by: str,
    valid_ms: int,
    told_of_root: Told,
    told_of_successor: Told,
    due_ms: int,
) -> Call[Moved | NotYours]:
    """Create the `successor` of the parked order out of what its row holds, on the word of this operator and of another
    one within the last `valid_ms`; `due_ms` is when the first order is looked at.

    Refused as `unconfirmed` without the other's word, and as `contradicted` once the list has shown a payment.
    """
    root, accepted = told_of_root, told_of_successor
    told = (root.event_id, root.event, accepted.event_id, accepted.event)
    args = (order_id, token, successor, by, valid_ms, NEW_ATTEMPT, *told, due_ms)
    return Call("reattempt", args, moved, durable=True)
