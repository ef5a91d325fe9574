"""What a report is made of: sections of rows, and for each figure one sentence that says what it is. Pure.

Money is whole minor units of the `currency` in the same row; there is no row about two currencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: A number, a name, or nothing where there is none: a rate of nothing, an average of nothing.
Cell = str | int | float | None

#: How rows name what was not told, an order without a country for one.
UNTOLD: Final = "not told"


class Unit(StrEnum):
    """What a column holds."""

    NAME = "name"
    COUNT = "count"
    #: Minor units of the row's currency.
    MONEY = "minor"
    #: A part of one: 0.5 is half.
    RATE = "rate"
    MS = "ms"


@dataclass(frozen=True, slots=True)
class Column:
    """`meaning` is the figure's definition, one sentence; names of rows need none."""

    name: str
    title: str
    unit: Unit
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A section without its rows. The columns that hold names come first."""

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows have a cell for each of the shape's columns."""

    shape: Shape
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> Iterator[dict[str, Cell]]:
        """Rows by the names of their columns."""
        names = [column.name for column in self.shape.columns]
        return (dict(zip(names, row, strict=True)) for row in self.rows)
