"""Sections as tables, for reading and for copying. Pure.

On a phone a row becomes a block of lines, each with the name of its column, so that nothing has to be moved sideways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from workers.analytics.pages.charts import bar
from workers.analytics.pages.markup import Markup, element
from workers.analytics.sections import Cell, Column, Section, Unit
from workers.analytics.wording import in_words, percent

#: Shades of a cohort's cell, the lightest first.
_SHADES: Final = 5
#: Rows of a table that is shown beside charts; a longer one stands among the tables alone.
SHOWN_MAX: Final = 12
#: Names of rows that are not broken at a hyphen. Others are merchants' own, and may be as long as they like.
_UNBROKEN: Final = frozenset({"day", "month", "hour"})


def folded(section: Section) -> Markup:
    """The section as a table that opens at a click, and stands open on paper."""
    shape = section.shape
    rows = f"{len(section.rows):,} {'row' if len(section.rows) == 1 else 'rows'}"
    inside = element("div", {"id": _name(section)}, table(section))  # a link to what is inside opens it
    return element("details", {}, element("summary", {}, f"{shape.title} ", element("small", {}, rows)), inside)


def link(section: Section) -> Markup:
    """The way to the section's table."""
    title = section.shape.title
    return element("p", {"class": "link"}, element("a", {"href": f"#{_name(section)}"}, f"Table: {title}"))


def table(section: Section) -> Markup:
    """All of its rows."""
    columns = section.shape.columns
    head = (element("th", {"scope": "col", "class": _side(column)}, column.title) for column in columns)
    body = (element("tr", {}, *_cells(columns, row)) for row in section.rows)
    return element(
        "table",
        {"class": "rows"},
        element("caption", {}, section.shape.meaning),
        element("thead", {}, element("tr", {}, *head)),
        element("tbody", {}, *body),
    )


def ranking(caption: str, head: tuple[str, str], rows: Sequence[tuple[str, str, int]], key: str) -> Markup:
    """Names with their notes and counts, and a bar as long as their share of all."""
    whole, most = sum(count for *_, count in rows), max((count for *_, count in rows), default=0)
    body = (
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, name, *([element("small", {}, note)] if note else [])),
            element("td", {"class": "wide"}, bar(count / most, key)),
            element("td", {"class": "right"}, f"{count:,}"),
            element("td", {"class": "right"}, percent(count / whole)),
        )
        for name, note, count in rows
    )
    titles = (head[0], "", head[1], "Share")
    heads = (
        element("th", {"scope": "col", "class": "left" if number < 2 else "right"}, title)
        for number, title in enumerate(titles)
    )
    parts = (element("caption", {}, caption), element("thead", {}, element("tr", {}, *heads)))
    return element("table", {"class": "ranking"}, *parts, element("tbody", {}, *body))


def retention(months: Mapping[str, Mapping[int, float]], last: int) -> Markup:
    """Months down, periods across, each cell with its share; the darker, the more."""
    heads = (element("th", {"scope": "col", "class": "right"}, str(number)) for number in range(last + 1))
    body = (
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, month),
            *(_shaded(shares.get(number)) for number in range(last + 1)),
        )
        for month, shares in months.items()
    )
    head = element("tr", {}, element("th", {"scope": "col"}, "First charged"), *heads)
    return element("table", {"class": "retention"}, element("thead", {}, head), element("tbody", {}, *body))


def _shaded(share: float | None) -> Markup:
    if share is None:
        return element("td", {})
    shade = min(_SHADES, max(1, round(share * _SHADES + 0.5)))
    return element("td", {"class": f"right shade-{shade}"}, f"{share * 100:.0f}")


def _cells(columns: Sequence[Column], row: Sequence[Cell]) -> list[Markup]:
    currency = str(row[0]) if columns[0].name == "currency" else ""
    made = []
    for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
        attributes = {"class": _side(column), "data-title": column.title}
        words = in_words(cell, column, currency)
        if number:
            made.append(element("td", attributes, words))
        else:
            made.append(element("th", {"scope": "row", **attributes}, words))
    return made


def _name(section: Section) -> str:
    return f"table-{section.shape.name}"


def _side(column: Column) -> str:
    if column.unit is not Unit.NAME:
        return "right"
    return "left whole" if column.name in _UNBROKEN else "left"
