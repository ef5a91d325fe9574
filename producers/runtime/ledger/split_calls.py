"""The ledger's operations about payments in parts, as pure constructors of a `Call`; apart from those of orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from producers.runtime.ledger.call import Argument, Call, Reply


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


def known(row: Mapping[bytes, bytes]) -> Known:
    """A split's row as it is read."""
    return Known(row[b"made_of"], int(row[b"created_at"]))


def _part(accept: tuple[Argument, ...]) -> tuple[Argument, ...]:
    order_id, _, event_id, event, *fields = accept
    return (order_id, event_id, event, len(fields), *fields)


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
