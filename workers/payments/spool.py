"""Outcomes that could not be recorded because Redis was gone: kept on local disk, fsynced, without card data.

Losing the spool loses nothing but time: the resolver finds the charge at the gateway anyway. With it the outcome is
recorded as soon as Redis is back.

Keeping happens on the event loop, recording takes as long as Redis does, so the one must never wait for the other: what
is to be recorded is moved aside first, and only files aside are locked for longer than a write. A writer that finds its
file locked opens its path once more, where a new file is.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.calls import settle
from producers.runtime.ledger.results import Moved, NotYours
from producers.runtime.ledger.succession_calls import Told, succeed

#: Endings of the files that workers write to, and of those that wait to be recorded.
_KEPT, _ASIDE = ".jsonl", ".aside.jsonl"

#: Openings of the path until the file is ours; each that fails needs another worker to move the file aside just then.
TRIES = 20

#: Calls with nothing but what every such call has, by their scripts.
_LEAST = {
    call.script: call
    for call in (
        settle("-", "-", allowed=(), to="-", event_id="", event=b"", detail=""),
        succeed(
            "-",
            "-",
            allowed=(),
            successor="-",
            ref="-",
            further="",
            reason="-",
            payment_id="-",
            told=Told(),
            told_of_root=Told(),
            told_of_successor=Told(),
            due_ms=0,
            fields={},
        ),
    )
}


class Entry(msgspec.Struct, frozen=True):
    """One call by its script and arguments; `binary` lists which of these are bytes (UTF-8 texts all)."""

    args: list[str | int]
    binary: list[int]
    script: str = "settle"


class Spool:
    """One append-only file per worker process, and files that were moved aside; the lock on one of these says who is
    at work on it, and ends with that process.
    """

    def __init__(self, directory: Path, worker: str) -> None:
        self._path = directory / "spool" / f"{worker}{_KEPT}"

    def append(self, call: Call[Moved | NotYours]) -> None:
        """Keep the call; returns when it is on disk.

        Raises:
            OSError: the disk refuses too; the resolver is then the only way to the outcome.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # It begins a line of its own even behind one that a full disk cut short.
        line = b"\n" + msgspec.json.encode(_entry(call)) + b"\n"
        if not any(self._written(line) for _ in range(TRIES)):
            raise BlockingIOError(f"{self._path.name} is held by somebody who does not move it aside")

    def _written(self, line: bytes) -> bool:
        with self._path.open("ab") as file:
            if not _lock(file):
                return False
            # Moved aside from here on, it is not read before the lock is let go.
            is_new = file.tell() == 0
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_names(self._path.parent)
        return True

    @contextmanager
    def taken(self) -> Iterator[list[Call[Moved | NotYours]]]:
        """Every call kept in this directory, by this worker and by those before it.

        They are forgotten when the block ends well. A process that dies in it leaves them to the next: recording an
        outcome twice is recording it once.
        """
        folder = self._path.parent
        for path in sorted(folder.glob(f"*{_KEPT}")):
            _move_aside(path)
        with ExitStack() as held:
            files = [file for path in sorted(folder.glob(f"*{_ASIDE}")) if (file := _locked(path, held))]
            yield [call for file in files for call in _calls(file.read())]
            for file in files:
                Path(file.name).unlink()


def _move_aside(path: Path) -> None:
    if path.name.endswith(_ASIDE):
        return
    with suppress(FileNotFoundError):  # another worker did it
        path.rename(path.with_name(f"{path.name.removesuffix(_KEPT)}.{secrets.token_hex(8)}{_ASIDE}"))


def _locked(path: Path, held: ExitStack) -> BinaryIO | None:
    try:
        file = held.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None  # another worker has recorded it
    return file if _lock(file) else None


def _lock(file: BinaryIO) -> bool:
    """Whether the file is ours now: nobody else is at it, and it has not been recorded and removed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_nlink > 0


def _sync_names(folder: Path) -> None:
    """A new file outlasts a power cut only if its name does."""
    names = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


def _calls(lines: bytes) -> Iterator[Call[Moved | NotYours]]:
    for line in lines.splitlines():
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue  # cut short by a crash, or spoilt by a disk: the resolver has that order
        least = _LEAST.get(entry.script)
        if least is None or len(entry.args) < len(least.args):
            continue
        yield Call(entry.script, _args(entry), least.decode)


def _entry(call: Call[Moved | NotYours]) -> Entry:
    binary = [i for i, arg in enumerate(call.args) if isinstance(arg, bytes)]
    return Entry([arg.decode() if isinstance(arg, bytes) else arg for arg in call.args], binary, call.script)


def _args(entry: Entry) -> tuple[Argument, ...]:
    return tuple(a.encode() if i in entry.binary and isinstance(a, str) else a for i, a in enumerate(entry.args))
