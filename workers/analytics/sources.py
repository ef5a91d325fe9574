"""Where the rows of a report come from: the archive database, or Parquet files that DuckDB reads.

Both are asked in the same statements. All of one report are answered by one moment of the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Dialect, Executable, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql import ClauseElement

from producers.runtime.archive.database import Archive
from workers.analytics.duck import connected, literal
from workers.analytics.kept import KEPT

#: What PostgreSQL is told for a report: memory for a grouping before it goes to disk, whose default of 4 MB makes that
#: three times as slow; and no joins row by row, which it takes for cheap while it has no statistics of a table.
_POSTGRES: Final = ("SET LOCAL work_mem = '256MB'", "SET LOCAL enable_nestloop = off")
#: DuckDB speaks PostgreSQL's SQL. `named`, so that a `%` stays one.
_DIALECT: Final[Dialect] = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]

#: Answers a statement with its rows.
Ask = Callable[[Executable], Sequence[Sequence[Any]]]


class Source(Protocol):
    """The history of payments."""

    def asked(self) -> AbstractContextManager[Ask]:
        """Holds one moment of it while it is asked."""


class DatabaseSource:
    """The archive database itself."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @contextmanager
    def asked(self) -> Iterator[Ask]:
        """Statements see one moment, and cannot write.

        Raises:
            ArchiveUnavailable: the database does not answer.
        """
        with self._archive.reading() as connection:
            if connection.dialect.name == "postgresql":
                for setting in _POSTGRES:
                    connection.execute(text(setting))
            yield lambda statement: connection.execute(statement).all()


class ParquetSource:
    """Files that `cardinity archive export` wrote, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def asked(self) -> Iterator[Ask]:
        """Statements see the files as they are.

        Raises:
            ProducerError: `extra_missing`, DuckDB is not installed; `parquet_failed`, a file is missing, or not ours.
        """
        with connected() as duck:
            for table in KEPT:
                files = literal(str(self._folder / f"{table.name}-*.parquet"))
                duck.execute(f"CREATE VIEW {table.name} AS FROM read_parquet({files})")
            yield lambda statement: duck.execute(_as_duck_reads_it(statement)).fetchall()


def _as_duck_reads_it(statement: Executable) -> str:
    assert isinstance(statement, ClauseElement)
    return str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
