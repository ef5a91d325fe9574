"""What this host has promised to send, on its own disk: the one witness that is left when the ledger is lost.

One line per intent, written before its request can leave, so what is in no log was never sent. It is handed to the
kernel and not fsynced: a killed worker leaves it whole, and a host that loses its power together with its ledger leaves
a gap in the numbers of the intents, which whoever reads the logs can see. Nobody reads them while the ledger is there.

A disk that takes no line stops no payment. How many are missing is written over the number that stands in front of each
file from its beginning. That takes no room, and no second write that the worker might not live to see.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from producers.errors import LedgerUnavailable
from producers.runtime.ledger.record import Record

#: The folder in STATE_DIR.
FOLDER: Final = "intents"
#: Bytes after which a file is closed and the next one begun.
SEGMENT_BYTES: Final = 8 * 1024 * 1024
#: Files of one host at the most: each start of a worker begins one.
FILES_MAX: Final = 1000
#: Begins the name of a file that says up to when lines were removed to make room; the moment (ms) of the youngest is
#: the rest. So of two who note, and of two hosts' folders that are put into one, the later moment stays.
REMOVED: Final = "removed-"
_ENDING: Final = ".log"


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One intent: what the ledger would have to know of it again. No card data.

    `sequence` numbers all intents of a ledger; `at_ms` is its clock.
    """

    sequence: int
    at_ms: int
    order_id: str
    ref: str
    amount_minor: int
    currency: str
    #: The account that may hold the money, and the one that was asked for.
    lane: str
    account: str
    producer: str
    country: str
    last4: str
    kind: str
    parent: str
    batch: str
    root: str
    settle: str
    two_phase: str
    held_first: str


class Lost(msgspec.Struct, frozen=True):
    """So many lines of this file could not be written."""

    lost: int


_ENCODER: Final = msgspec.json.Encoder()
#: A `Lost` that is as long for every number.
_HEAD: Final = b'{"lost":%12d}\n'


class IntentLog:
    """Appends for one worker process. `room_bytes` is what all files of the host may take; the oldest go
    first, but none that a worker still writes to.

    `failed(code)` is told when a line could not be written, once until one can be again.

    Raises:
        LedgerUnavailable: there can be no file, so nobody would ever know that lines are missing.
    """

    def __init__(self, state_dir: Path, worker: str, *, room_bytes: int, failed: Callable[[str], None]) -> None:
        self._folder = state_dir / FOLDER
        self._worker = worker
        self._room_bytes = room_bytes
        self._failed = failed
        self._file = -1
        self._left = 0
        self._number = 0
        #: Lines that the present file lacks, and whether the latest one is among them.
        self._lost = 0
        self._failing = False
        try:
            self._begin()
        except OSError as error:
            message = f"STATE_DIR must keep which requests may have left, and cannot: {error.strerror or error}"
            raise LedgerUnavailable(message, ambiguous=False) from None

    def write(self, record: Record, sequence: int, at_ms: int) -> None:
        """Keep that this order may leave now."""
        line = _ENCODER.encode(sent_of(record, sequence, at_ms)) + b"\n"
        try:
            self._put(line)
        except OSError:
            self._miss()
        else:
            self._failing = False

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _put(self, line: bytes) -> None:
        if self._left < len(line):
            self._begin()
        written = os.write(self._file, line)
        self._left -= written
        if written < len(line):
            # Cut short by a full disk: the next line begins in a file of its own.
            self._left = 0
            raise OSError("the disk is full")

    def _miss(self) -> None:
        """A line is missing. A disk that does not even take this is one that nothing can be told of."""
        self._lost += 1
        with suppress(OSError):
            os.pwrite(self._file, _HEAD % self._lost, 0)
        if not self._failing:
            self._failed("state_dir_failing")
        self._failing = True

    def _begin(self) -> None:
        """The next file. The one before stays open until it is there: what is missing meanwhile is missing in that."""
        self._folder.mkdir(parents=True, exist_ok=True)
        make_room(self._folder, self._room_bytes)
        file = _begun(self._folder / f"{self._worker}.{self._number:06}{_ENDING}")
        self.close()
        self._file, self._lost = file, 0
        self._number += 1
        self._left = min(SEGMENT_BYTES, self._room_bytes) - len(_HEAD % 0)


def _begun(path: Path) -> int:
    """That file, begun and held: as long as it is, nobody removes it to make room."""
    # Not for appending: the kernel would put behind the rest what is to be written in front.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_nlink == 0:
            raise OSError("it was removed just now")
        if os.write(file, _HEAD % 0) < len(_HEAD % 0):
            raise OSError("the disk is full")
    except OSError:
        os.close(file)
        raise
    return file


def sent_of(record: Record, sequence: int, at_ms: int) -> Sent:
    """The intent of this order as it is kept."""
    text = record.text
    return Sent(
        sequence,
        at_ms,
        record.order_id,
        record.ref,
        record.number("amount_minor"),
        text("currency"),
        record.lane,
        record.account,
        text("producer"),
        text("country"),
        text("last4"),
        record.kind,
        record.parent,
        text("batch"),
        record.root,
        text("settle"),
        text("two_phase"),
        text("held_first"),
    )


def logs_in(folder: Path) -> list[Path]:
    """The files in that folder, oldest first."""
    with_ages = []
    for path in folder.glob(f"*{_ENDING}"):
        with suppress(FileNotFoundError):  # another worker has made room
            with_ages.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, _, path in sorted(with_ages)]


def entries_in(path: Path) -> Iterator[Sent | Lost | None]:
    """What a file says, line by line; None for a line that is not whole."""
    with path.open("rb") as file:
        for line in file:
            try:
                if line.startswith(b"["):
                    yield msgspec.json.decode(line, type=Sent)
                else:
                    yield msgspec.json.decode(line, type=Lost)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                yield None


def removed_up_to_ms(folder: Path) -> int:
    """The moment of the youngest line that was removed to make room; 0 if none was."""
    return max(_removed(folder).values(), default=0)


def make_room(folder: Path, room_bytes: int) -> None:
    """Remove the oldest files until another one fits, and note up to when. Those that somebody still writes to stay:
    what is written to a file without a name is nowhere.
    """
    sizes = _sizes(folder)
    taken, count = sum(sizes.values()), len(sizes)
    for path, size in sizes.items():
        if taken + min(SEGMENT_BYTES, room_bytes) <= room_bytes and count < FILES_MAX:
            break
        with suppress(BlockingIOError):  # another worker writes to it
            _remove(path)
            taken, count = taken - size, count - 1


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as file:  # another worker makes room, too
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        youngest_ms = max((entry.at_ms for entry in entries_in(path) if isinstance(entry, Sent)), default=0)
        _note_removed(path.parent, youngest_ms)
        path.unlink()


def _sizes(folder: Path) -> dict[Path, int]:
    """Of every file, the oldest first."""
    sizes = {}
    for path in logs_in(folder):
        with suppress(FileNotFoundError):
            sizes[path] = path.stat().st_size
    return sizes


def _note_removed(folder: Path, at_ms: int) -> None:
    """Before the lines go: who reads in between finds more than it was told, never less."""
    (folder / f"{REMOVED}{at_ms}").touch(0o600)
    for path, noted_ms in _removed(folder).items():
        if noted_ms < at_ms:
            path.unlink(missing_ok=True)


def _removed(folder: Path) -> dict[Path, int]:
    """What was noted, by its file."""
    notes = {path: path.name.removeprefix(REMOVED) for path in folder.glob(f"{REMOVED}*")}
    return {path: int(noted) for path, noted in notes.items() if noted.isdecimal()}
