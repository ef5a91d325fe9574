"""The rows of a batch that ended without money, as a file to submit again: whole or not at all, and private."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from producers.batches.retries import retry_lines
from producers.contract import states
from workers.cli.batches.input import BatchFile
from workers.cli.batches.report import ReportRow

#: Ends that moved no money and are not the file's own fault: what is invalid must be mended by hand first.
FAILED: Final = states.TERMINAL - {states.APPROVED}


class FailedRows:
    """Remembers by a bit per row which rows failed, and copies them from the file, where their cards are."""

    def __init__(self, path: Path, suffix: str) -> None:
        self._path = path
        self._suffix = suffix
        self._bits = bytearray()
        self.count = 0

    def note(self, row: ReportRow) -> None:
        """The next row of the file."""
        number = row.number
        self._bits.extend(bytes(number // 8 + 1 - len(self._bits)))
        if row.state in FAILED:
            self._bits[number // 8] |= 1 << number % 8
            self.count += 1

    def write(self, batch: BatchFile) -> None:
        """Make the file.

        Raises:
            InvalidCommand: the suffix makes no order_id.
            FileExistsError: nothing is overwritten.
        """
        batch.stream.seek(0)
        with _new_file(self._path) as out:
            out.writelines(retry_lines(batch.stream, batch.format, self._wanted, self._suffix))

    def _wanted(self, row: int) -> bool:
        return row // 8 < len(self._bits) and bool(self._bits[row // 8] >> row % 8 & 1)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that nobody else may read, under its name once it is whole."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600, whatever the umask
    try:
        with os.fdopen(number, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.link(name, path)  # unlike a rename it never takes another file's place
    finally:
        os.unlink(name)
