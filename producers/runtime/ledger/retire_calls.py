"""The operations by which orders leave the ledger. As `calls`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, cast, get_args

from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.tombstones import Tombstone, read, tombstone_of, written

#: What became of it: `retired` now, or `again`, before; `missing`, there is neither a row nor a tombstone; `stale`, the
#: row is not the one that was read; `taken`, another tombstone lies in its place, and the row stays. The rest says what
#: the order waits for: it is `open` or `young`, somebody is `due` to look at it, its event is `untold`, its `chain` or
#: its `split` goes on, its account is `searching` for a card, its payment is `followed`, or it has `strays`.
Retired = Literal[
    "retired", "again", "missing", "stale", "taken",
    "open", "young", "due", "untold", "chain", "split", "searching", "followed", "strays",
]  # fmt: skip
#: `row`: the order is in the ledger, and that is the truth. The rest as in `Retired`.
Buried = Literal["buried", "again", "row", "taken"]


_RETIRED: Final[Mapping[bytes, Retired]] = {
    word.encode(): word for word in cast("tuple[Retired, ...]", get_args(Retired))
}
_BURIED: Final[Mapping[bytes, Buried]] = {word.encode(): word for word in cast("tuple[Buried, ...]", get_args(Buried))}


def retire(record: Record, *, kept_ms: int) -> Call[Retired]:
    """Let an order leave that ended more than `kept_ms` ago; `record` has the fields that a
    tombstone is made of, and the archive has its end."""
    args = (record.order_id, written(tombstone_of(record)), record.text("since"), kept_ms)
    return Call("retire", args, lambda reply: _RETIRED[cast(bytes, reply[0])], durable=True)


def ended(cursor: str, count: int, *, kept_ms: int) -> Call[tuple[str, tuple[str, ...]]]:
    """Look at about `count` of all orders, from `cursor` on ("0" at the beginning): where to go on ("0" when all were
    seen), and those that ended more than `kept_ms` ago."""

    def decode(reply: Reply) -> tuple[str, tuple[str, ...]]:
        return cast(bytes, reply[1]).decode(), tuple(order.decode() for order in cast("list[bytes]", reply[2]))

    return Call("ended", (cursor, count, kept_ms), decode)


def bury(order_id: str, stone: Tombstone) -> Call[Buried]:
    """Set the tombstone of an order that ended, and that the ledger does not know."""
    return Call("bury", (order_id, written(stone)), lambda reply: _BURIED[cast(bytes, reply[0])], durable=True)


def buried_kin(cursor: str, count: int, instruments: Iterable[str]) -> Call[tuple[str, tuple[Tombstone, ...]]]:
    """Look at about `count` keys, from `cursor` on ("0" at the beginning), for tombstones of orders that were charged
    from one of the instruments: where to go on ("0" when all were seen), and these, perhaps with a few others."""

    def decode(reply: Reply) -> tuple[str, tuple[Tombstone, ...]]:
        return cast(bytes, reply[1]).decode(), tuple(map(read, cast("list[bytes]", reply[2])))

    return Call("buried_kin", (cursor, count, *map(bytes.fromhex, instruments)), decode)
