"""A report for programs: one JSON document, or one line for each figure, in CSV or Parquet.

CSV cells are guarded as those of batch reports are: a spreadsheet takes none of them for a formula.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from producers.batches.cells import guarded
from workers.analytics.duck import connected
from workers.analytics.pages.page import page
from workers.analytics.parquet import write_parquet
from workers.analytics.report import Report
from workers.analytics.scope import Scope
from workers.analytics.sections import Section, Unit
from workers.analytics.wording import plain_amount

#: Names of the formats; each is a file's ending too.
FORMATS: Final = ("json", "csv", "parquet", "html")
#: How the names of a row stand in one cell.
_BETWEEN: Final = " / "


class Line(NamedTuple):
    """One figure. `value` is a whole number of `unit`, `rate` a part of one, `amount` is money as text."""

    section: str
    currency: str | None
    item: str
    figure: str
    unit: str
    value: int | None
    rate: float | None
    amount: str | None


#: The columns as DuckDB has them.
_TYPES: Final = dict(zip(Line._fields, (*["VARCHAR"] * 5, "BIGINT", "DOUBLE", "VARCHAR"), strict=True))


def written(report: Report, form: str) -> bytes:
    """The report in one of `FORMATS`.

    Raises:
        ProducerError: `extra_missing`, `parquet_failed`; of Parquet only.
    """
    match form:
        case "json":
            return (json.dumps(as_json(report), indent=2) + "\n").encode()
        case "csv":
            return _csv(report)
        case "parquet":
            return _parquet(report)
        case _:
            return page(report).encode()


def as_json(report: Report) -> dict[str, Any]:
    """The report as a JSON object; money as text, and beside it in minor units."""
    scope = report.scope
    about = {**_period(scope), "zone": scope.zone, "account": scope.account, "currency": scope.currency}
    return {
        **about,
        "before": _period(scope.before),
        "as_of_ms": report.as_of_ms,
        "empty": report.is_empty,
        "sections": {section.shape.name: list(_records(section)) for section in report.sections},
    }


def lines(report: Report) -> Iterator[Line]:
    """Every figure of the report; where there is none, both `value` and `rate` are None."""
    for section in report.sections:
        columns = section.shape.columns
        for row in section.rows:
            cells = dict(zip((column.name for column in columns), row, strict=True))
            currency = None if "currency" not in cells else str(cells["currency"])
            names = (column.name for column in columns if column.unit is Unit.NAME and column.name != "currency")
            item = _BETWEEN.join(str(cells[name]) for name in names if cells[name])
            for column in (column for column in columns if column.unit is not Unit.NAME):
                cell = cells[column.name]
                about = (section.shape.name, currency, item, column.name, column.unit.value)
                if cell is None:
                    yield Line(*about, None, None, None)
                elif column.unit is Unit.RATE:
                    yield Line(*about, None, float(cell), None)
                else:
                    money = column.unit is Unit.MONEY and currency is not None
                    yield Line(*about, int(cell), None, plain_amount(int(cell), str(currency)) if money else None)


def _records(section: Section) -> Iterator[dict[str, object]]:
    for row in section.rows:
        record: dict[str, object] = {}
        currency = str(row[0])
        for column, cell in zip(section.shape.columns, row, strict=True):
            if column.unit is Unit.MONEY:
                record[column.name] = None if cell is None else plain_amount(int(cell), currency)
                record[f"{column.name}_minor"] = cell
            else:
                record[column.name] = cell
        yield record


def _period(scope: Scope) -> dict[str, str]:
    return {"from": scope.first.isoformat(), "to": scope.last.isoformat()}


def _csv(report: Report) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(Line._fields)
    for line in lines(report):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue().encode()


def _parquet(report: Report) -> bytes:
    with connected() as duck, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.parquet"
        write_parquet(duck, path, _TYPES, lines(report))
        return path.read_bytes()
