"""A payment in parts as programs get it: one JSON object, the same from the command line and over HTTP."""

from __future__ import annotations

from producers.moments import rfc3339
from producers.splits.accepting import SplitPayment


def split_record(split: SplitPayment) -> dict[str, object]:
    """The payment; `undone` tells of each part how giving it back stands, null where that was not begun. Of a part
    that is `stuck`, `undo_next` is the order by which a human gives it back.
    """
    return {
        "split_id": split.split_id,
        "state": split.state,
        "final": split.final,
        "total": split.total.text,
        "currency": split.total.currency,
        "all_or_nothing": split.all_or_nothing,
        "parts": [
            {
                "recipient": part.recipient,
                "order_id": part.order_id,
                "amount": part.amount.text,
                "state": part.state,
                "undone_by": part.undone_by,
                "undone": part.undone,
            }
            for part in split.parts
        ],
        "stuck": [
            {"order_id": part.order_id, "undo_next": part.undo_next}
            for part in split.parts
            if part.order_id in split.standing.stuck
        ],
        "created_at": rfc3339(split.created_at_ms),
    }
