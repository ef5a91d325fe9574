"""Batch files, row by row: CSV with a header, or a JSON object per line. Reads and judges; stores and sends
nothing.

A row is a line, in both formats: a quote left open spoils its own row and not the rest of the file, and
memory is bounded by the longest line allowed. What does grow is the index that finds an order_id used
twice, by some hundred bytes per row. Row 1 is the first row of data; blank lines are not rows; row 0 stands
for the file as a whole.

CSV is what spreadsheets write: commas, double quotes, UTF-8, with or without a byte order mark at the very
start (Excel writes one). JSON lines come from programs and are held to the letter: there a byte order mark
is an error.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, Literal, NoReturn

import msgspec

from cardinity_client.models.payments import PaymentReference
from producers.contract.card_fields import Mode
from producers.contract.commands import BATCH_COLUMNS, MORE_COLUMNS, REQUIRED, Charge, parse_charge
from producers.contract.fields import ORDER_ID_MAX
from producers.contract.form import unknown_field
from producers.contract.instruments import Instrument
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


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a file. A file that is wrong as a whole has no rows and counts as one invalid."""

    rows: int
    valid: int
    invalid: int

    @property
    def ok(self) -> bool:
        """Whether every row may be submitted."""
        return not self.invalid


class Manifest:
    """What a file holds, gathered while its rows go by: counts, and a hash to know the same content again.

    The hash covers every valid row with its number, but nothing of cards: a plain hash of a card number can be
    undone by trying them all. Two files that differ in cards alone have one hash; the ledger's keyed
    fingerprints tell those apart.
    """

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._hash = hashlib.sha256(b"cardinity-batch manifest 1\n")

    def add(self, result: RowResult) -> None:
        """Count one result and, if it is a charge, hash it."""
        self._counts["valid" if isinstance(result.content, Charge) else "invalid"] += 1
        self._counts["rows"] += result.row != WHOLE_FILE
        if isinstance(result.content, Charge):
            self._hash.update(_canonical(result.row, result.content))

    @property
    def summary(self) -> Summary:
        """The counts so far."""
        return Summary(self._counts["rows"], self._counts["valid"], self._counts["invalid"])

    @property
    def manifest_hash(self) -> str:
        """64 hex digits for the valid rows so far."""
        return self._hash.hexdigest()


def read_rows(stream: BinaryIO, format: Format, *, now_ms: int, mode: Mode) -> Iterator[RowResult]:
    """Every row in order; a single result of row 0 when the header is wrong or there are no rows."""
    lines = _lines(stream)
    try:
        read_fields = _csv_reader(next(lines, b"")) if format == "csv" else _json_fields
    except InvalidCommand as error:
        yield RowResult(WHOLE_FILE, error.errors)
        return
    first_rows: dict[str, int] = {}
    row = WHOLE_FILE
    for row, line in enumerate(lines, start=1):
        yield RowResult(row, _judge(line, read_fields, row, first_rows, now_ms, mode))
    if row == WHOLE_FILE:
        yield RowResult(WHOLE_FILE, (FieldError("", "file_empty", "the file has no rows"),))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank. One that is too long is cut a byte behind the limit, for `_judge` to see."""
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
    first_rows: dict[str, int],
    now_ms: int,
    mode: Mode,
) -> Charge | tuple[FieldError, ...]:
    try:
        if len(line) > LINE_MAX:
            _refuse("row_size", f"is longer than {LINE_MAX} bytes")
        fields = read_fields(line)
    except InvalidCommand as error:
        return error.errors
    duplicate = _duplicate(fields.get("order_id"), row, first_rows)
    try:
        charge = parse_charge(fields, now_ms=now_ms, mode=mode)
    except InvalidCommand as error:
        return (*duplicate, *error.errors)
    return duplicate or charge


def _duplicate(order_id: object, row: int, first_rows: dict[str, int]) -> tuple[FieldError, ...]:
    if not isinstance(order_id, str) or not 0 < len(order_id) <= ORDER_ID_MAX:
        return ()
    first = first_rows.setdefault(order_id, row)
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
    columns = _cells(header.removeprefix(_BYTE_ORDER_MARK))
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        _refuse("csv_delimiter", "columns must be separated by commas")
    if errors := tuple(_header_errors(columns)):
        raise InvalidCommand(errors)
    return partial(_csv_fields, columns)


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
    if "pan" not in counts and "payment_id" not in counts:
        yield FieldError("pan", "header_missing", "neither pan nor payment_id is in the header")


def _csv_fields(columns: list[str], line: bytes) -> Fields:
    cells = _cells(line)
    if len(cells) != len(columns):
        _refuse("row_columns", f"has {len(cells)} columns; the header has {len(columns)}")
    return dict(zip(columns, cells, strict=True))


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])
    except UnicodeDecodeError as error:
        _refuse("row_encoding", f"is not UTF-8 (byte {error.start})")
    except csv.Error:
        _refuse("csv_invalid", "has quotes that do not match, or a line end inside")


def _refuse(code: str, message: str) -> NoReturn:
    raise InvalidCommand([FieldError("", code, message)]) from None


def _canonical(row: int, charge: Charge) -> bytes:
    content = (
        row,
        charge.order_id,
        charge.amount.minor,
        charge.amount.currency,
        charge.country,
        charge.description,
        charge.account,
        charge.expires_at_ms,
        _named(charge.instrument),
        *(() if charge.is_plain else (charge.settle, charge.suffix)),
        *(() if not charge.further else (charge.further, _named(charge.backup))),
    )
    return msgspec.json.encode(content) + b"\n"


def _named(instrument: Instrument | None) -> str | None:
    """The earlier payment; nothing of a card."""
    return instrument.payment_id if isinstance(instrument, PaymentReference) else None
