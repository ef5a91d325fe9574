"""Batch files, row by row: CSV with a header, or a JSON object per line. Reads and judges; stores and sends
nothing.

A row is a line, in both formats: a quote left open spoils its own row and not the rest of the file, and memory
is bounded by the longest line allowed; the index that finds an order_id used twice is on disk
(`duplicates`). Row 1 is the first row of data; blank lines are not rows; row 0 stands for the file as a
whole.

CSV is what spreadsheets write: commas, double quotes, UTF-8, with or without a byte order mark at the very
start (Excel writes one), and an apostrophe before what would be a formula (`cells`). JSON lines come from
programs and are held to the letter: there a byte order mark is an error.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, Literal, NoReturn

from producers.batches.cells import unguarded
from producers.batches.duplicates import OrderIds
from producers.contract.card_fields import Mode
from producers.contract.commands import BATCH_COLUMNS, MORE_COLUMNS, REQUIRED, Charge, parse_charge
from producers.contract.fields import ORDER_ID_MAX
from producers.contract.form import unknown_field
from producers.contract.strict_json import BYTES_MAX, decode_json_object
from producers.errors import FieldError, InvalidCommand

Format = Literal["csv", "jsonl"]
Fields = Mapping[str, object]

#: Bytes of one line at the most, line end included.
LINE_MAX: Final = BYTES_MAX
#: The row that stands for the file as a whole.
WHOLE_FILE: Final = 0

#: Columns a file may have.
_COLUMNS = (*BATCH_COLUMNS, *MORE_COLUMNS)
#: One of them is in every file.
_INSTRUMENTS: Final = ("pan", "payment_id", "token")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: First bytes of what spreadsheets call Unicode text.
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a row came to: a charge, or everything that is wrong with it."""

    row: int
    content: Charge | tuple[FieldError, ...]

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """What is wrong; empty for a charge."""
        return () if isinstance(self.content, Charge) else self.content


def read_rows(stream: BinaryIO, format: Format, *, now_ms: int, mode: Mode) -> Iterator[RowResult]:
    """Every row in order; a single result of row 0 when the header is wrong or there are no rows."""
    lines = lines_of(stream)
    try:
        read_fields = _csv_reader(next(lines, b"")) if format == "csv" else _json_fields
    except InvalidCommand as error:
        yield RowResult(WHOLE_FILE, error.errors)
        return
    row = WHOLE_FILE
    with OrderIds() as met:
        for row, line in enumerate(lines, start=1):
            yield RowResult(row, _judge(line, read_fields, row, met, now_ms, mode))
    if row == WHOLE_FILE:
        yield RowResult(WHOLE_FILE, (FieldError("", "file_empty", "the file has no rows"),))


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank. One that is too long is cut a byte behind the limit, for `_judge` to see. The first one
    of a CSV file is its header; every other is a row, by its place."""
    while line := stream.readline(LINE_MAX + 1):
        end = line
        while len(end) > LINE_MAX and not end.endswith(b"\n"):
            end = stream.readline(LINE_MAX + 1)
        if line.strip() or len(line) > LINE_MAX:
            yield line


def _judge(
    line: bytes,
    read_fields: Callable[[bytes], Fields],
    row: int,
    met: OrderIds,
    now_ms: int,
    mode: Mode,
) -> Charge | tuple[FieldError, ...]:
    try:
        if len(line) > LINE_MAX:
            _refuse("row_size", f"is longer than {LINE_MAX} bytes")
        fields = read_fields(line)
    except InvalidCommand as error:
        return error.errors
    duplicate = _duplicate(fields.get("order_id"), row, met)
    try:
        charge = parse_charge(fields, now_ms=now_ms, mode=mode)
    except InvalidCommand as error:
        return (*duplicate, *error.errors)
    return duplicate or charge


def _duplicate(order_id: object, row: int, met: OrderIds) -> tuple[FieldError, ...]:
    if not isinstance(order_id, str) or not 0 < len(order_id) <= ORDER_ID_MAX or not order_id.isascii():
        return ()
    first = met.first_row(order_id, row)
    if first == row:
        return ()
    return (FieldError("order_id", "order_id_duplicate", f"stands in row {first} already"),)


def _json_fields(line: bytes) -> Fields:
    return decode_json_object(line.rstrip(b"\r\n"))


def _csv_reader(header: bytes) -> Callable[[bytes], Fields]:
    """How the lines under this header are read."""
    if not header:
        _refuse("file_empty", "the file has no header and no rows")
    if header.startswith(_UTF_16):
        _refuse("row_encoding", "the file is UTF-16; save it as CSV in UTF-8")
    if len(header) > LINE_MAX:
        _refuse("row_size", f"the header is longer than {LINE_MAX} bytes")
    columns = cells_of(header)
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        _refuse("csv_delimiter", "columns must be separated by commas")
    if errors := tuple(_header_errors(columns)):
        raise InvalidCommand(errors)
    return partial(csv_fields, columns)


def _header_errors(columns: list[str]) -> Iterator[FieldError]:
    counts = Counter(columns)
    for column, count in counts.items():
        if column not in _COLUMNS:
            yield unknown_field(column, _COLUMNS)
        elif count > 1:
            yield FieldError(column, "header_duplicate", f"stands {count} times in the header")
    for column in REQUIRED:
        if column not in counts:
            yield FieldError(column, "header_missing", "is not in the header")
    if counts.keys().isdisjoint(_INSTRUMENTS):
        yield FieldError("pan", "header_missing", f"none of {', '.join(_INSTRUMENTS)} is in the header")


def csv_fields(columns: list[str], line: bytes) -> Fields:
    """What a line says under these columns.

    Raises:
        InvalidCommand: `row_columns`, or as `cells_of`.
    """
    cells = cells_of(line)
    if len(cells) != len(columns):
        _refuse("row_columns", f"has {len(cells)} columns; the header has {len(columns)}")
    if b"'" in line:
        cells = [unguarded(cell) for cell in cells]
    return dict(zip(columns, cells, strict=True))


def cells_of(line: bytes) -> list[str]:
    """The cells of a line of CSV as they stand there; of a header without the byte order mark.

    Raises:
        InvalidCommand: `row_encoding` or `csv_invalid`.
    """
    try:
        return next(csv.reader([line.removeprefix(_BYTE_ORDER_MARK).decode().rstrip("\r\n")], strict=True), [])
    except UnicodeDecodeError as error:
        _refuse("row_encoding", f"is not UTF-8 (byte {error.start})")
    except csv.Error:
        _refuse("csv_invalid", "has quotes that do not match, or a line end inside")


def _refuse(code: str, message: str) -> NoReturn:
    raise InvalidCommand([FieldError("", code, message)]) from None
