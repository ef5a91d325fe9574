"""The ledger's operations about the audit trail, as pure constructors of a `Call`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from producers.contract.audit import START, Entry, Head
from producers.runtime.ledger.call import Argument, Call, Reply

#: Is never the end of a trail: who says so is told the real one.
_NO_END: Final = "?"


@dataclass(frozen=True, slots=True)
class Behind:
    """The trail has another end, and this is the time at Redis (ms since 1970 UTC)."""

    head: Head
    at_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that is told when it changes: a name, and what it is now."""

    name: str
    value: str


def append(entry: Entry | None, before: Head, seen: Seen | None = None) -> Call[bool | Behind]:
    """Append an entry that was chained to `before`. True: it is there. False: what is `seen` was so already, and the
    trail is as it was. Without an entry nothing is written, and the answer is where the trail ends.
    """
    args: tuple[Argument, ...] = (_text(before), _text(entry.head), entry.line) if entry else (_NO_END, _NO_END, b"")
    if seen:
        args += (seen.name, seen.value)

    def decode(reply: Reply) -> bool | Behind:
        if reply[0] == b"behind":
            return Behind(_head(cast(bytes, reply[1])), int(cast(bytes, reply[2])))
        return reply[0] == b"ok"

    return Call("audit", args, decode, durable=True)


def _text(head: Head) -> str:
    return "" if head == START else f"{head.seq} {head.hash}"


def _head(text: bytes) -> Head:
    seq, _, digest = text.decode().partition(" ")
    return Head(int(seq), digest) if seq else START
