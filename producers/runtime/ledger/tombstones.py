"""What is left of an order that has left the ledger: enough to answer whoever comes with its order_id years later.

A tombstone is some sixty bytes, for good. It stands in a hash that it shares with about a hundred others, because a
key of its own would cost as much again, and it is known there by eight bytes of its order_id's hash. Scripts keep and
answer it as it is; what is in it:

    state (a letter) · kind and marks (a byte) · when it ended (seconds, 4 bytes) · fingerprint of the content (6 bytes)
    · instrument, or of what follows a payment that payment · what the gateway made · amount, currency, account as text

The two names are packed: a byte of length and the text, or `16 + 128` and sixteen bytes for 32 hex digits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cardinity_client.money import Money
from producers.contract import names, states
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import CONTENT_FIELDS, Record, record_from

#: Hex digits of the hash that name the bucket, and those behind them that name the order in it. A million buckets: with
#: a hundred million orders each has a hundred, and a look into one takes the server 3 us.
BUCKET_DIGITS: Final = 5
FIELD_DIGITS: Final = 16
#: Bytes of the content's fingerprint. It tells mistakes apart; whoever looks for another content with the same one is
#: told how the order ended, and that is all.
CONTENT_BYTES: Final = 6

#: The fields of a row that a tombstone is made of.
FIELDS: Final = (
    "state", "since", "lane", "payment_id", "follow_up_id", "held_first", "successor", *CONTENT_FIELDS,
)  # fmt: skip

_STATES: Final = {
    states.APPROVED: b"a",
    states.DECLINED: b"d",
    states.REJECTED: b"r",
    states.EXPIRED: b"e",
    states.CANCELLED: b"c",
    states.NOT_CHARGED: b"n",
}
_STATE_OF: Final = {letter: state for state, letter in _STATES.items()}
#: By their number; a charge has none.
_KINDS: Final = ("", *names.FOLLOW_UPS, names.LINK)
#: What stands in the bits above the kind, by the row's field and its value.
_MARKS: Final = (
    ("settle", b"0", 8),
    ("two_phase", b"1", 16),
    ("direct", b"1", 32),
    ("held_first", b"1", 64),
    # Another order has gone on for it, and it has that one's payment.
    ("successor", b"1", 128),
)
_KIND_BITS: Final = 7
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BOOKED: Final = re.compile(rb"(-?\d+)([A-Z]{3})(.*)", re.DOTALL)
_PACKED: Final = 128


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An order's end. `content` is `content_fingerprint`, empty where nobody knows it any more; so is `instrument`.

    `made` is the gateway's id of the payment, or of what followed the payment `parent`. `marks` are names of `_MARKS`.
    """

    state: str
    ended_at_ms: int
    amount: Money
    account: str
    content: bytes = b""
    kind: str = ""
    parent: str = ""
    instrument: str = ""
    made: str = ""
    marks: frozenset[str] = frozenset()


def content_fingerprint(content: Mapping[str, str]) -> bytes:
    """Of what an order asks for (`CONTENT_FIELDS`); what is empty does not count, so that later fields may be added."""
    given = "\0".join(f"{name}={value}" for name in sorted(CONTENT_FIELDS) if (value := content.get(name, "")))
    return hashlib.sha256(given.encode()).digest()[:CONTENT_BYTES]


def tombstone_of(record: Record) -> Tombstone:
    """Of an order whose row says that it has ended; read whole, or its `FIELDS`."""
    content = {name: record.text(name) for name in CONTENT_FIELDS}
    marks = (name for name, value, _ in _MARKS if record.fields.get(name, b"") == value)
    gone_on = ("successor",) if record.successor else ()
    return Tombstone(
        record.state,
        record.number("since"),
        record.amount,
        record.lane,
        content_fingerprint(content),
        record.kind,
        record.parent,
        content["instrument"],
        record.text("follow_up_id" if record.parent else "payment_id"),
        frozenset((*marks, *gone_on)),
    )


def written(stone: Tombstone) -> bytes:
    """As the ledger keeps it."""
    head = _KINDS.index(stone.kind) + sum(bit for name, _, bit in _MARKS if name in stone.marks)
    booked = f"{stone.amount.minor}{stone.amount.currency}{stone.account}"
    return b"".join(
        (
            _STATES[stone.state],
            bytes([head]),
            (stone.ended_at_ms // 1000).to_bytes(4, "big"),
            stone.content or bytes(CONTENT_BYTES),
            _packed(stone.parent or stone.instrument),
            _packed(stone.made),
            booked.encode(),
        )
    )


def read(text: bytes) -> Tombstone:
    """What `written` wrote."""
    kind = _KINDS[text[1] & _KIND_BITS]
    content = text[6 : 6 + CONTENT_BYTES]
    first, rest = _unpacked(text[6 + CONTENT_BYTES :])
    made, rest = _unpacked(rest)
    booked = _BOOKED.fullmatch(rest)
    assert booked is not None, text
    follows = kind in names.FOLLOW_UPS
    return Tombstone(
        _STATE_OF[text[:1]],
        int.from_bytes(text[2:6], "big") * 1000,
        Money(int(booked[1]), booked[2].decode()),
        booked[3].decode(),
        content if any(content) else b"",
        kind,
        _dashed(first) if follows else "",
        "" if follows else first,
        _dashed(made),
        frozenset(name for name, _, bit in _MARKS if text[1] & bit),
    )


def record_of(order_id: str, text: bytes) -> Record:
    """The order as its tombstone has it, in the words of a row; `archived` says that the rest is in the archive."""
    stone = read(text)
    made = "follow_up_id" if stone.parent else "payment_id"
    fields = {
        "archived": "1",
        "state": stone.state,
        "since": str(stone.ended_at_ms),
        "amount_minor": str(stone.amount.minor),
        "currency": stone.amount.currency,
        "lane": stone.account,
        "content": stone.content.hex(),
        "kind": stone.kind,
        "parent": stone.parent,
        "instrument": stone.instrument,
        made: stone.made,
        **{name: value.decode() for name, value, _ in _MARKS if name in stone.marks and name != "successor"},
    }
    return Record(order_id, {name: value.encode() for name, value in fields.items() if value})


def place(order_id: str) -> tuple[str, bytes]:
    """Where an order's tombstone lies: its bucket, and its field there. As in `prelude.lua`."""
    digits = hashlib.sha1(f"{order_id}".encode(), usedforsecurity=False).hexdigest()
    field = digits[BUCKET_DIGITS : BUCKET_DIGITS + FIELD_DIGITS]
    return keys.gone(digits[:BUCKET_DIGITS]), bytes.fromhex(field)


def question(order_id: str) -> tuple[str, str, bytes]:
    """The command that reads an order's tombstone; to be asked behind its row, which only goes where this comes."""
    return ("HGET", *place(order_id))


def questions(order_ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """The commands that read these orders, be they in the ledger or not any more; for one round trip."""
    return [each for order_id in order_ids for each in (("HGETALL", keys.order(order_id)), question(order_id))]


def found(order_ids: Sequence[str], replies: Sequence[Any]) -> list[Record | None]:
    """The orders, by the replies to `questions`; None where there is none."""
    answers = zip(order_ids, replies[::2], replies[1::2], strict=True)
    return [
        record_from(order_id, row) if row else record_of(order_id, stone) if stone else None
        for order_id, row, stone in answers
    ]


def differing(record: Record, content: Mapping[str, str]) -> tuple[str, ...]:
    """The fields in which that content is not the one of an archived order; `content` stands for those of which only
    the fingerprint is left."""
    # Of an order that a lost ledger knew and the archive tells of, nobody knows how it was to be taken.
    marks = ("settle", "two_phase", "direct") if record.text("content") else ()
    instrument = ("instrument",) if record.text("instrument") else ()
    names_known = ("kind", "parent", "amount_minor", "currency", *marks, *instrument)
    found = tuple(name for name in names_known if record.text(name) != content.get(name, ""))
    if found:
        return found
    fingerprint = record.text("content")
    return ("content",) if fingerprint and fingerprint != content_fingerprint(content).hex() else ()


def _packed(name: str) -> bytes:
    digits = name.replace("-", "") if _UUID.fullmatch(name) else name
    if _HEX.fullmatch(digits):
        return bytes([_PACKED + 16]) + bytes.fromhex(digits)
    return bytes([len(name)]) + name.encode()


def _unpacked(text: bytes) -> tuple[str, bytes]:
    length, rest = text[0], text[1:]
    if length < _PACKED:
        return rest[:length].decode(), rest[length:]
    return rest[: length - _PACKED].hex(), rest[length - _PACKED :]


def _dashed(name: str) -> str:
    """The gateway's ids are UUIDs."""
    if not _HEX.fullmatch(name):
        return name
    return "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))
