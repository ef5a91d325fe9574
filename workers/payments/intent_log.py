"""What this host has promised to send, on its own disk: the one witness that is left when the ledger is lost.

One line per intent, written before its request can leave, so what is in no log was never sent. It is handed to the
kernel and not fsynced: a killed worker leaves it whole, and a host that loses its power together with its ledger leaves
a gap in the numbers of the intents, which whoever reads the logs can see. Nobody reads them while the ledger is there.

A disk that takes no line stops no payment. That lines are missing is then written down as soon as it takes one again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from producers.runtime.ledger.record import Record

#: The folder in STATE_DIR.
FOLDER: Final = "intents"
#: Bytes after which a file is closed and the next one begun.
SEGMENT_BYTES: Final = 8 * 1024 * 1024
#: Files of one host at the most: each start of a worker begins one.
FILES_MAX: Final = 1000
#: Says up to when lines were removed to make room: the moment (ms) of the youngest one.
REMOVED: Final = "removed"
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
    """So many lines could not be written before this one."""

    lost: int


_ENCODER: Final = msgspec.json.Encoder()


class IntentLog:
    """Appends for one worker process. `room_bytes` is what all files of the host may take; the oldest go first.

    `failed(code)` is told when a line could not be written, once until one can be again.
    """

    def __init__(self, state_dir: Path, worker: str, *, room_bytes: int, failed: Callable[[str], None]) -> None:
        self._folder = state_dir / FOLDER
        self._worker = worker
        self._room_bytes = room_bytes
        self._failed = failed
        self._file = -1
        self._left = 0
        self._number = 0
        self._lost = 0

    def write(self, record: Record, sequence: int, at_ms: int) -> None:
        """Keep that this order may leave now."""
        line = _ENCODER.encode(sent_of(record, sequence, at_ms)) + b"\n"
        try:
            if self._lost:
                self._put(_ENCODER.encode(Lost(self._lost)) + b"\n")
                self._lost = 0
            self._put(line)
        except OSError:
            if not self._lost:
                self._failed("state_dir_failing")
            self._lost += 1

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

    def _begin(self) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        make_room(self._folder, self._room_bytes)
        path = self._folder / f"{self._worker}.{self._number:06}{_ENDING}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._number += 1
        self._left = min(SEGMENT_BYTES, self._room_bytes)


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
    try:
        return int((folder / REMOVED).read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def make_room(folder: Path, room_bytes: int) -> None:
    """Remove the oldest files until another one fits, and note up to when."""
    paths = logs_in(folder)
    sizes = {path: path.stat().st_size for path in paths if path.exists()}
    taken, count, youngest_ms = sum(sizes.values()), len(sizes), 0
    for path in paths:
        if taken + min(SEGMENT_BYTES, room_bytes) <= room_bytes and count < FILES_MAX:
            break
        youngest_ms = max([youngest_ms, *(entry.at_ms for entry in entries_in(path) if isinstance(entry, Sent))])
        _note_removed(folder, youngest_ms)
        path.unlink(missing_ok=True)
        taken, count = taken - sizes.get(path, 0), count - 1


def _note_removed(folder: Path, at_ms: int) -> None:
    """Before the lines go: who reads in between finds more than it was told, never less."""
    if at_ms > removed_up_to_ms(folder):
        draft = folder / f"{REMOVED}.{os.getpid()}"
        draft.write_text(f"{at_ms}\n", "ascii")
        draft.replace(folder / REMOVED)
