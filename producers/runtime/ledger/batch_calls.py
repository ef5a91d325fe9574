"""The ledger's operations about a batch as a whole, as pure constructors of a `Call`; apart from those of orders.

What is kept of a batch: in `keys.manifest` what it is to hold, in `keys.batch` how many of its orders are in
each state, in `keys.halt` that it is paused or cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal, cast

from producers.runtime.ledger.call import Argument, Call, Reply
from producers.runtime.ledger.results import NotYours

#: What stops a batch: its orders rest, or end as `cancelled`.
PAUSED: Final = "paused"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class Kept:
    """The fields of the manifest that the ledger has under this name, and what stops the batch, if anything does."""

    fields: Mapping[str, str]
    halt: str


def keep_manifest(batch: str, fields: Mapping[str, Argument]) -> Call[Kept]:
    """Keep what the batch is to hold, unless something is kept under its name already; answers what is."""
    flat = tuple(chain.from_iterable(fields.items()))

    def decode(reply: Reply) -> Kept:
        kept = [_text(part) for part in cast(list[bytes], reply[1])]
        return Kept(dict(zip(kept[::2], kept[1::2], strict=True)), _text(reply[2]))

    return Call("manifest", (batch, *flat), decode, durable=True)


def halt(batch: str, word: Literal["paused", "cancelled", ""]) -> Call[str | NotYours]:
    """Stop the batch, or let it go on; answers what stopped it before. From the reply on none of its orders is sent
    while it is stopped.

    NotYours: `missing`, no such batch; `over`, it was cancelled, and that stays.
    """

    def decode(reply: Reply) -> str | NotYours:
        return _text(reply[1]) if reply[0] == b"ok" else NotYours(_text(reply[0]))

    return Call("halt", (batch, word), decode, durable=True)


def waiting(batch: str, cursor: str, count: int, *, wake: bool) -> Call[tuple[str, tuple[str, ...]]]:
    """Look at about `count` of the orders that nobody has taken, from `cursor` on ("0" at the beginning): where to go
    on ("0" when all were seen), and those of the batch. With `wake` they fall due now.
    """

    def decode(reply: Reply) -> tuple[str, tuple[str, ...]]:
        return _text(reply[1]), tuple(_text(order) for order in cast(list[bytes], reply[2]))

    return Call("waiting", (batch, cursor, count, int(wake)), decode)


def cancel(batch: str, reason: str, ends: Iterable[Call[Any]]) -> Call[tuple[str, ...] | NotYours]:
    """End orders of a cancelled batch that nobody has taken, in one step; `ends` are the calls of `settle` that would
    end each of them alone, for that reason. Answers which orders it left: their own calls are to be run.

    NotYours: `going_on`, nobody has cancelled the batch.
    """

    def decode(reply: Reply) -> tuple[str, ...] | NotYours:
        if reply[0] != b"ok":
            return NotYours(_text(reply[0]))
        return tuple(_text(order) for order in cast(list[bytes], reply[1]))

    return Call("cancel", (batch, reason, *chain.from_iterable(_ending(end.args) for end in ends)), decode)


def _ending(settle: tuple[Argument, ...]) -> tuple[Argument, ...]:
    order_id, token, _, _, event_id, event, *_ = settle
    return order_id, token, event_id, event


def _text(value: bytes | Reply) -> str:
    return cast(bytes, value).decode()
