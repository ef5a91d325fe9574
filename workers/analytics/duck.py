"""DuckDB, where it is installed: one connection in memory, which loads nothing and asks no other host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from producers.errors import ProducerError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Extensions come from nowhere: not from a host, and not from a folder in which somebody left one.
_SETTINGS: Final = ("autoinstall_known_extensions = false", "autoload_known_extensions = false")
#: Characters of the first line of DuckDB's own words.
_WORDS_MAX: Final = 300


@contextmanager
def connected() -> Iterator[DuckDBPyConnection]:
    """A connection, and its failures as ours.

    Raises:
        ProducerError: `extra_missing`, it is not installed; `parquet_failed`, files cannot be read or written.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        message = "DuckDB, which reads and writes Parquet, is not installed: pip install 'cardinity-batch[reports]'"
        raise ProducerError("extra_missing", message) from None
    try:
        with duckdb.connect() as connection:
            for setting in _SETTINGS:
                connection.execute(f"SET {setting}")
            yield connection
    except duckdb.Error as error:
        words, *_ = str(error).splitlines() or [type(error).__name__]
        raise ProducerError(
            "parquet_failed", f"the Parquet files cannot be read or written: {words[:_WORDS_MAX]}"
        ) from None


def literal(text: str) -> str:
    """The text as SQL has it; file names cannot be parameters everywhere."""
    return "'" + text.replace("'", "''") + "'"
