"""A report on a terminal: the columns that 80 characters have room for, and no more rows than one looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from workers.analytics import Report, Section
from workers.analytics.figures.totals import BEFORE, THIS
from workers.analytics.sections import Cell, Column, Unit
from workers.analytics.wording import in_words
from workers.cli.shell.output import printable

if TYPE_CHECKING:
    from rich.table import Table

#: Rows of a section that are shown, unless it is asked for.
ROWS_MAX: Final = 12
#: Sections that are shown only if they are asked for: they are long, and better read in a chart.
_ON_WISH: Final = frozenset({"daily", "hourly"})
#: Figures that are left out, for want of room; every other format has them.
_LEFT_OUT: Final = frozenset({"declined", "not_charged", "open", "unresolved", "taken_count", "p90", "initiated"})
#: Characters of a name of which none is broken.
_NAME_WIDTH: Final = 10
#: Currencies side by side in the totals.
_ABREAST: Final = 2


def tables(report: Report, names: Sequence[str]) -> Iterator[Table]:
    """The sections of these names, whole; without names all that have rows, shortened."""
    for section in report.sections:
        wanted = section.shape.name in names if names else section.rows and section.shape.name not in _ON_WISH
        if wanted and section.shape.name == "totals":
            yield from _totals(section)
        elif wanted:
            yield _table(section, len(section.rows) if names else ROWS_MAX)


def _totals(section: Section) -> Iterator[Table]:
    records = {(str(record["currency"]), record["period"]): record for record in section.records()}
    currencies = sorted({currency for currency, _ in records})
    figures = [column for column in section.shape.columns if column.unit is not Unit.NAME]
    for start in range(0, len(currencies), _ABREAST):
        some = currencies[start : start + _ABREAST]
        table = _empty(section.shape.title)
        table.add_column("")
        for currency in some:
            table.add_column(currency, justify="right")
            table.add_column("before", justify="right", style="dim")
        for column in figures:
            cells = (
                (currency, records[currency, period][column.name]) for currency in some for period in (THIS, BEFORE)
            )
            table.add_row(column.title, *(in_words(cell, column, currency) for currency, cell in cells))
        yield table


def _table(section: Section, rows_max: int) -> Table:
    left_out = len(section.rows) - rows_max
    table = _empty(section.shape.title, f"{left_out} more: --section {section.shape.name}" if left_out > 0 else None)
    columns = section.shape.columns
    for number, column in enumerate(columns):
        if column.name in _LEFT_OUT:
            continue
        if column.unit is Unit.NAME:
            longest = max((len(str(row[number])) for row in section.rows), default=0)
            table.add_column(column.title, overflow="fold", min_width=min(max(longest, len(column.title)), _NAME_WIDTH))
        else:
            table.add_column(column.title.replace(" ", "\n"), justify="right", no_wrap=True)
    for row in section.rows[:rows_max]:
        table.add_row(*_cells(columns, row))
    return table


def _cells(columns: Sequence[Column], row: Sequence[Cell]) -> Iterator[str]:
    for column, cell in zip(columns, row, strict=True):
        if column.name not in _LEFT_OUT:
            yield printable(in_words(cell, column, str(row[0])))


def _empty(title: str, note: str | None = None) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption=note,
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
