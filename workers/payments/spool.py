"""Outcomes that could not be recorded because Redis was gone: kept on local disk, fsynced, without card data.

Losing the spool loses nothing but time: the resolver finds the charge at the gateway anyway. With it the outcome is
recorded as soon as Redis is back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import Moved, NotYours, settle

_DECODE = settle("-", "-", allowed=(), to="-", event_id="", event=b"", detail="").decode


class Entry(msgspec.Struct, frozen=True):
    """One settle call by its arguments; `binary` lists which of them are bytes (UTF-8 texts all)."""

    args: list[str | int]
    binary: list[int]


class Spool:
    """One append-only file per worker process."""

    def __init__(self, directory: Path, worker: str) -> None:
        self._path = directory / "spool" / f"{worker}.jsonl"

    def append(self, call: Call[Moved | NotYours]) -> None:
        """Keep the call; returns when it is on disk.

        Raises:
            OSError: the disk refuses too; the resolver is then the only way to the outcome.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = msgspec.json.encode(_entry(call.args)) + b"\n"
        with self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def take(self) -> list[Call[Moved | NotYours]]:
        """Every call kept in this directory, by this worker and by those before it; the files are gone afterwards."""
        taken: list[Call[Moved | NotYours]] = []
        for path in sorted(self._path.parent.glob("*.jsonl")):
            mine = path.with_suffix(f".{os.getpid()}")
            try:
                path.rename(mine)
            except FileNotFoundError:
                continue  # another worker was faster
            taken.extend(_calls(mine.read_bytes()))
            mine.unlink()
        return taken


def _calls(lines: bytes) -> Iterator[Call[Moved | NotYours]]:
    for line in lines.splitlines():
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except msgspec.DecodeError:
            continue  # a line cut short by a crash: the resolver has that order
        yield Call("settle", _args(entry), _DECODE)


def _entry(args: tuple[Argument, ...]) -> Entry:
    binary = [i for i, arg in enumerate(args) if isinstance(arg, bytes)]
    return Entry([arg.decode() if isinstance(arg, bytes) else arg for arg in args], binary)


def _args(entry: Entry) -> tuple[Argument, ...]:
    return tuple(a.encode() if i in entry.binary and isinstance(a, str) else a for i, a in enumerate(entry.args))
