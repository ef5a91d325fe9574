"""The archive as Parquet files, for reports of many millions of orders and for whoever reads Parquet.

DuckDB reads the columns that a report needs in a fraction of the time that a database takes for its rows. The files are
those of one moment, and appear as a folder that is whole or not there at all.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, Column, Connection, Integer, Table, func, select

from producers.runtime.archive.database import Archive
from workers.analytics.duck import connected
from workers.analytics.kept import KEPT, TIME_OF
from workers.analytics.parquet import write_parquet
from workers.events.archive.tables import ORDERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows of one file, which are some 100 MB of text on their way.
ROWS_PER_FILE: Final = 500_000
#: Rows that a database gives at once.
_ROWS_AT_ONCE: Final = 5_000

#: Told after each file: the rows that are written, and how many there are.
Progress = Callable[[int, int], None]


def export(archive: Archive, folder: Path, progress: Progress) -> int:
    """Write the folder; how many orders are in it.

    Raises:
        FileExistsError: there is something of that name; nothing is overwritten.
        ArchiveUnavailable: the database does not answer.
        ProducerError: `extra_missing`, `parquet_failed`.
    """
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # 0700, whatever the umask
    try:
        with connected() as duck, archive.reading() as connection:
            counts = {table: connection.scalar(select(func.count()).select_from(table)) or 0 for table in KEPT}
            written = 0
            for table in KEPT:
                for rows in _write_table(duck, connection, table, aside):
                    written += rows
                    progress(written, sum(counts.values()))
        os.rename(aside, folder)  # it fails where a folder with something in it has come there meanwhile
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return counts[ORDERS]


def _write_table(duck: DuckDBPyConnection, connection: Connection, table: Table, folder: Path) -> Iterator[int]:
    """Writes file after file, and gives the rows of each; of a table without rows there is one file."""
    types = {column.name: _duck_type(column) for column in KEPT[table]}
    statement = select(*KEPT[table]).order_by(TIME_OF[table], *table.primary_key)
    result = connection.execute(statement.execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE))
    for number in count(1):
        path = folder / f"{table.name}-{number:06}.parquet"
        rows = write_parquet(duck, path, types, islice(result, ROWS_PER_FILE))
        if not rows and number > 1:
            path.unlink()
        yield rows
        if rows < ROWS_PER_FILE:
            return


def _duck_type(column: Column[Any]) -> str:
    if isinstance(column.type, Boolean):
        return "BOOLEAN"
    return "BIGINT" if isinstance(column.type, Integer) else "VARCHAR"
