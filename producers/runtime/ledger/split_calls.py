"""The ledger's operations about payments in parts, as pure constructors of a `Call`; apart from those of orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal, cast

from producers.runtime.ledger.call import Argument, Call, Reply

_TOLD: Final[Mapping[bytes, Literal["told", "again", "stale"]]] = {
    b"told": "told",
    b"again": "again",
    b"stale": "stale",
}


@dataclass(frozen=True, slots=True)
class Made:
    """All orders of the split were created by this call, at this moment (ms, ledger's clock)."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Known:
    """The split was there before: what it is made of, and since when (ms)."""

    made_of: bytes
    at_ms: int


@dataclass(frozen=True, slots=True)
class PartTaken:
    """Nothing was created: another order is called as a part would be."""

    order_id: str


def split(
    split_id: str, made_of: bytes, accepts: Iterable[Call[Any]], *, grace_ms: int
) -> Call[Made | Known | PartTaken]:
    """Create the split with all of its orders, or nothing. `accepts` are the calls that would accept these alone."""

    def decode(reply: Reply) -> Made | Known | PartTaken:
        match cast(bytes, reply[0]):
            case b"accepted":
                return Made(int(cast(bytes, reply[1])))
            case b"taken":
                return PartTaken(cast(bytes, reply[1]).decode())
            case _:
                return known(_pairs(cast(list[bytes], reply[1])))

    parts = chain.from_iterable(_part(call.args) for call in accepts)
    return Call("split", (split_id, made_of, grace_ms, *parts), decode, durable=True)


def tell(
    split_id: str, state: str, orders: Iterable[tuple[str, str]], *, event_id: str, event: bytes
) -> Call[Literal["told", "again", "stale"]]:
    """Tell how the split has ended, once; `orders` are those that say so, with their states. `stale`: one of them is in
    another."""
    flat = chain.from_iterable(orders)
    return Call("tell_split", (split_id, state, event_id, event, *flat), lambda reply: _TOLD[cast(bytes, reply[0])])


def rest(split_id: str, *, delay_ms: int, stuck: Iterable[str] = ()) -> Call[bool]:
    """Look at the split again in `delay_ms`; whether it is news that the parts `stuck` could not be given back."""
    args = (split_id, delay_ms, " ".join(stuck))
    return Call("rest_split", args, lambda reply: reply[0] == b"news")


def known(row: Mapping[bytes, bytes]) -> Known:
    """A split's row as it is read."""
    return Known(row[b"made_of"], int(row[b"created_at"]))


def _part(accept: tuple[Argument, ...]) -> tuple[Argument, ...]:
    order_id, _, *fields = accept
    return (order_id, len(fields), *fields)


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
