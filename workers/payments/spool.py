"""Outcomes that could not be recorded because Redis was gone: kept on local disk, fsynced, without card data.

Losing the spool loses nothing but time: the resolver finds the charge at the gateway anyway. With it the outcome is
recorded as soon as Redis is back.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import Moved, NotYours, settle

_DECODE = settle("-", "-", allowed=(), to="-", event_id="", event=b"", detail="").decode


class Entry(msgspec.Struct, frozen=True):
    """One settle call by its arguments; `binary` lists which of them are bytes (UTF-8 texts all)."""

    args: list[str | int]
    binary: list[int]


class Spool:
    """One append-only file per worker process; a lock on it says who is at work on it, and ends with that process."""

    def __init__(self, directory: Path, worker: str) -> None:
        self._path = directory / "spool" / f"{worker}.jsonl"

    def append(self, call: Call[Moved | NotYours]) -> None:
        """Keep the call; returns when it is on disk.

        Raises:
            OSError: the disk refuses too; the resolver is then the only way to the outcome.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = msgspec.json.encode(_entry(call.args)) + b"\n"
        while True:
            with self._path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file.fileno()).st_nlink == 0:
                    continue  # it was replayed and removed between the opening and the lock
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                return

    @contextmanager
    def taken(self) -> Iterator[list[Call[Moved | NotYours]]]:
        """Every call kept in this directory, by this worker and by those before it.

        They are forgotten when the block ends well. A process that dies in it leaves them to the next: recording an
        outcome twice is recording it once.
        """
        with ExitStack() as held:
            files = [file for path in sorted(self._path.parent.glob("*.jsonl")) if (file := _locked(path, held))]
            yield [call for file in files for call in _calls(file.read())]
            for file in files:
                Path(file.name).unlink()


def _locked(path: Path, held: ExitStack) -> BinaryIO | None:
    try:
        file = held.enter_context(path.open("rb"))
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return None  # another worker is at it
    return file if os.fstat(file.fileno()).st_nlink else None


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
