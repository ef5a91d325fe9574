"""CSV files of subscriptions: the header names fields of `create`, a row is one subscription; all are taken or none.

A file is read twice: checked first, and then written as it is read, in one transaction. So memory holds one chunk of
rows, however long the file is; the index that finds an id used twice is on disk.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from producers.batches.duplicates import OrderIds
from producers.contract.form import unknown_field
from producers.errors import FieldError, InvalidCommand
from producers.subscriptions.service import Subscriptions
from producers.subscriptions.wishes import FIELDS

#: Rows of one file: they are written as one, in half a minute, and meanwhile nobody else writes to a SQLite archive.
ROWS_MAX: Final = 100_000

_NEEDED: Final = ("subscription_id", "country", "zone")


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row by its number in the file, header not counted, and what is wrong with it."""

    number: int
    fields: dict[str, object]
    errors: tuple[FieldError, ...] = ()


def read_rows(file: IO[str], subscriptions: Subscriptions) -> Iterator[ImportRow]:
    """Every row of the file, checked.

    Raises:
        InvalidCommand: the header is wrong, or there are too many rows.
    """
    reader = csv.reader(file, strict=True)
    columns = _header(reader)
    with OrderIds() as met, subscriptions.checker() as check:
        for number, cells in enumerate(_rows(reader), start=1):
            if number > ROWS_MAX:
                raise InvalidCommand([FieldError("", "rows_maximum", f"a file has at most {ROWS_MAX} rows")])
            if len(cells) != len(columns):
                message = f"has {len(cells)} columns; the header has {len(columns)}"
                yield ImportRow(number, {}, (FieldError("", "row_columns", message),))
                continue
            fields = _fields(columns, cells)
            yield ImportRow(number, fields, (*_duplicate(fields, number, met), *check(fields)))


def read_fields(file: IO[str], rows: int) -> Iterator[dict[str, object]]:
    """The rows of a file that was checked and had so many, once more.

    Raises:
        InvalidCommand: it is another file by now.
    """
    reader = csv.reader(file, strict=True)
    columns = _header(reader)
    count = 0
    for cells in _rows(reader):
        if len(cells) != len(columns):
            break
        count += 1
        yield _fields(columns, cells)
    if count != rows:
        raise InvalidCommand(
            [FieldError("", "file_changed", "is not the one that was checked: it must be a file that nobody writes to")]
        )


def _fields(columns: list[str], cells: list[str]) -> dict[str, object]:
    return {name: cell for name, cell in zip(columns, cells, strict=True) if cell}


def _duplicate(fields: dict[str, object], number: int, met: OrderIds) -> tuple[FieldError, ...]:
    name = fields.get("subscription_id")
    if not isinstance(name, str) or (first := met.first_row(name, number)) == number:
        return ()
    return (FieldError("subscription_id", "subscription_duplicate", f"stands in row {first} already"),)


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from (cells for cells in reader if cells)
    except (csv.Error, UnicodeDecodeError):
        message = "is no CSV in UTF-8: quotes that do not match, or other bytes"
        raise InvalidCommand([FieldError("", "csv_invalid", message)]) from None


def _header(reader: Iterator[list[str]]) -> list[str]:
    columns = next(_rows(reader), [])
    if columns:
        columns[0] = columns[0].removeprefix("\ufeff")
    errors = [unknown_field(name, FIELDS) for name in columns if name not in FIELDS]
    errors += [FieldError(name, "header_missing", "is not in the header") for name in _NEEDED if name not in columns]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    errors += [FieldError(name, "header_duplicate", "stands more than once in the header") for name in doubled]
    if errors:
        raise InvalidCommand(errors)
    return columns
