"""Some rows of a batch file as a file of their own, under new order_ids, to be submitted again. Reads and copies
only.

An order that has ended is never sent again, so what is tried once more is another order: its order_id is the
old one and a suffix. All else is as it stood in the file, cards included: what comes out must be kept like the
file itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

from producers.batches.cells import guarded
from producers.batches.files import Format, cells_of, csv_fields, lines_of
from producers.contract.fields import read_order_id
from producers.contract.form import Form
from producers.contract.strict_json import decode_json_object
from producers.errors import FieldError, InvalidCommand


def retry_lines(stream: BinaryIO, format: Format, wanted: Callable[[int], bool], suffix: str) -> Iterator[bytes]:
    """The lines of the new file: the header where there is one, and the rows that are wanted, by their numbers.

    Raises:
        InvalidCommand: with the suffix an order_id is none any more, or the file is another than it was.
    """
    lines = lines_of(stream)
    if format == "csv":
        columns = cells_of(next(lines, b""))
        yield _csv_line(columns)
    for row, line in enumerate(lines, start=1):
        if not wanted(row):
            continue
        read = csv_fields(columns, line) if format == "csv" else decode_json_object(line.rstrip(b"\r\n"))
        fields = dict(read)
        fields["order_id"] = _renamed(fields.get("order_id"), suffix, row)
        yield _csv_line(map(str, fields.values())) if format == "csv" else msgspec.json.encode(fields) + b"\n"


def _renamed(order_id: object, suffix: str, row: int) -> str:
    form = Form({"order_id": f"{order_id}{suffix}"})
    renamed = form.read("order_id", read_order_id)
    if renamed is None:
        (error,) = form.errors
        raise InvalidCommand([FieldError("suffix", error.code, f"with it the order_id of row {row} {error.message}")])
    return renamed


def _csv_line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(guarded, cells))
    return text.getvalue().encode()
