"""Which order_ids a file has used already, in bounded memory, however many there are.

A set of a million short texts takes 100 MB, and of a hundred million 10 GB. SQLite keeps the same in a nameless
temporary file (in TMPDIR, gone with the process) behind a page cache of fixed size, for two to five
microseconds a row. Digests of eight bytes in memory would be five times smaller than the texts and still grow
with the file, and two order_ids would share one now and then: a good file would be refused. The order_ids
themselves are exact. Nothing else of the file is kept.
"""

from __future__ import annotations

import errno
import sqlite3
from types import TracebackType
from typing import Final, Self

#: Bytes of the page cache: a third of what the order_ids of a million rows take.
CACHE_BYTES: Final = 16 * 2**20
#: Nothing of it is ever to be read again: no journal, no waiting for the disk.
_SETTINGS: Final = (
    f"PRAGMA cache_size = -{CACHE_BYTES // 1024}",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "CREATE TABLE met (order_id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID",
    "BEGIN",
)


class OrderIds:
    """The order_ids met so far, each with its first row. A context manager.

    Raises:
        OSError: the temporary folder cannot hold them.
    """

    def __init__(self) -> None:
        # Whoever reads a file is one thread; who drops a half-read one need not be the same.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._cursor = self._database.cursor()
        try:
            for setting in _SETTINGS:
                self._cursor.execute(setting)
        except sqlite3.OperationalError as error:
            raise _no_room(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def first_row(self, order_id: str, row: int) -> int:
        """The row that used this order_id first: `row` itself, unless an earlier one has."""
        try:
            if self._cursor.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (order_id, row)).rowcount:
                return row
            (first,) = self._cursor.execute("SELECT row FROM met WHERE order_id = ?", (order_id,)).fetchone()
        except sqlite3.OperationalError as error:
            raise _no_room(error) from None
        return int(first)


def _no_room(error: sqlite3.OperationalError) -> OSError:
    return OSError(errno.ENOSPC, f"TMPDIR cannot hold the order_ids of the file: {error}")
