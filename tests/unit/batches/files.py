"""Batch files as bytes, and what reading them gives."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from producers.batches.files import Format, RowResult, read_rows
from producers.contract.commands import BATCH_COLUMNS
from tests.unit.contract.builders import NOW_MS, card_fields


def a_row(number: int, **changes: object) -> dict[str, object]:
    """A good row, with an order_id of its own."""
    return card_fields(order_id=f"ORD-{number}", **changes)


def csv_file(*rows: Mapping[str, object], columns: Iterable[str] = BATCH_COLUMNS) -> bytes:
    """A CSV file with a header, as a spreadsheet would write it."""
    names = list(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return text.getvalue().encode()


def json_file(*rows: object) -> bytes:
    """One JSON value per line."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def results(data: bytes, format: Format = "csv") -> list[RowResult]:
    """Every row of the file."""
    return list(read_rows(io.BytesIO(data), format, now_ms=NOW_MS, mode="test"))


def complaints(data: bytes, format: Format = "csv") -> list[tuple[int, str, str]]:
    """Row, field and code of everything that is wrong."""
    return [(result.row, error.field, error.code) for result in results(data, format) for error in result.errors]
