"""All intents that the logs of all hosts tell of, in a file that is as large as they are: memory is not.

Of an order that was promised several times the latest counts. The numbers of the intents run without a gap while every
log is here; where one is missing, a worker died between its promise and its line, or a host's log is not among them.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from workers.payments.intent_log import FOLDER, Lost, Sent, entries_in, logs_in, removed_up_to_ms

#: Lines written to the file at once.
_CHUNK: Final = 5000
_FIELDS: Final = Sent.__struct_fields__


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the logs tell everything. `removed_ms`: lines up to then were removed to make room (0: none were).

    `unwritten` lines are known to be missing, `torn` ones are not whole. `gaps` counts numbers between the first and
    the last that no line has.
    """

    files: int
    intents: int
    last: int
    removed_ms: int
    unwritten: int
    torn: int
    gaps: int

    @property
    def whole(self) -> bool:
        """Whether nothing is known to be missing since `removed_ms`."""
        return self.unwritten == 0 and self.torn == 0


class SentBook:
    """Read once from the folders of all hosts; asked by order_id afterwards."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="intents-", suffix=".sqlite3")  # noqa: SIM115 - closed in close
        self._db = sqlite3.connect(self._file.name, isolation_level=None)
        self._db.execute("PRAGMA synchronous = OFF")
        columns = ", ".join(f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT'}" for name in _FIELDS)
        self._db.execute(f"CREATE TABLE sent ({columns}, PRIMARY KEY (order_id)) WITHOUT ROWID")
        self._db.execute("CREATE TABLE numbers (sequence INTEGER PRIMARY KEY)")
        self._db.execute("CREATE INDEX successors ON sent (root, order_id) WHERE root != ''")
        self.reach = self._read(folders)
        self._add_roots()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file."""
        self._db.close()
        self._file.close()

    def of(self, order_id: str) -> Sent | None:
        """The latest intent of that order."""
        row = self._db.execute("SELECT * FROM sent WHERE order_id = ?", (order_id,)).fetchone()
        return None if row is None else Sent(*row)

    def successor_of(self, order_id: str) -> str:
        """The latest order that was sent for that one after a decline; empty where none was."""
        (found,) = self._db.execute("SELECT max(order_id) FROM sent WHERE root = ?", (order_id,)).fetchone()
        return found or ""

    def all(self) -> Iterator[Sent]:
        """The latest intent of every order, by order_id."""
        for row in self._db.execute("SELECT * FROM sent ORDER BY order_id"):
            yield Sent(*row)

    def _read(self, folders: Sequence[Path]) -> Reach:
        unwritten = torn = files = 0
        chunk: list[Sent] = []
        for path in (path for folder in folders for path in logs_in(folder)):
            files += 1
            for entry in entries_in(path):
                match entry:
                    case Sent():
                        chunk.append(entry)
                    case Lost(count):
                        unwritten += count
                    case None:
                        torn += 1
                if len(chunk) == _CHUNK:
                    self._keep(chunk)
                    chunk = []
        self._keep(chunk)
        count, first, last = self._db.execute(
            "SELECT count(*), coalesce(min(sequence), 0), coalesce(max(sequence), 0) FROM numbers"
        ).fetchone()
        removed_ms = max((removed_up_to_ms(folder) for folder in folders), default=0)
        gaps = last - first + 1 - count if count else 0
        return Reach(files, count, last, removed_ms, unwritten, torn, gaps)

    def _add_roots(self) -> None:
        """Whoever goes on for an order is in the log, so that one was sent, be its own line here or not."""
        told = {"sequence": "0", "order_id": "root", "ref": "root", "root": "''", "kind": "''"}
        columns = ", ".join(told.get(name, name) for name in _FIELDS)
        self._db.execute(f"INSERT OR IGNORE INTO sent SELECT {columns} FROM sent WHERE root != ''")  # noqa: S608 - ours

    def _keep(self, chunk: Sequence[Sent]) -> None:
        marks = ", ".join("?" * len(_FIELDS))
        latest = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS if name != "order_id")
        self._db.execute("BEGIN")
        self._db.executemany(
            f"INSERT INTO sent VALUES ({marks}) ON CONFLICT DO UPDATE SET {latest}"  # noqa: S608 - names of ours
            " WHERE excluded.sequence >= sent.sequence",
            [tuple(getattr(entry, name) for name in _FIELDS) for entry in chunk],
        )
        self._db.executemany("INSERT OR IGNORE INTO numbers VALUES (?)", [(entry.sequence,) for entry in chunk])
        self._db.execute("COMMIT")


_NUMBERS: Final = frozenset({"sequence", "at_ms", "amount_minor"})


def folder_of(state_dir: Path) -> Path:
    """Where the log of the host with that STATE_DIR is."""
    return state_dir / FOLDER
