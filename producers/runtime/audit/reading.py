"""Reads the lines of the audit trail out of the ledger's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from producers.contract.audit import Head
from producers.runtime.ledger import keys

#: Lines read at a time.
CHUNK: Final = 500

#: Answers one read-only command.
Read = Callable[..., Any]


def lines(read: Read) -> Iterator[bytes]:
    """Every line, oldest first. An entry of the stream that we cannot have written is an empty one."""
    start = "-"
    while found := read("XRANGE", keys.AUDIT, start, "+", "COUNT", CHUNK):
        yield from (fields.get(b"line", b"") for _, fields in found)
        start = f"({found[-1][0].decode()}"


def newest(read: Read, count: int) -> list[bytes]:
    """The last lines, newest first."""
    found = read("XREVRANGE", keys.AUDIT, "+", "-", "COUNT", count)
    return [fields.get(b"line", b"") for _, fields in found]


def end(read: Read) -> Head | None:
    """Where the trail ends by what stands beside it; None where nothing does."""
    text = read("GET", keys.AUDIT_HEAD)
    if text is None:
        return None
    seq, _, digest = text.decode(errors="replace").partition(" ")
    return Head(int(seq), digest) if seq.isdecimal() else None
