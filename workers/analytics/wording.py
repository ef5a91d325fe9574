"""Figures as people read them. Pure; programs get the figures themselves."""

from __future__ import annotations

from datetime import date
from typing import Final

from cardinity_client.money import EXPONENTS
from workers.analytics.sections import Cell, Column, Unit

#: Where there is no figure.
NOTHING: Final = "–"
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
#: Between a number and its unit, which are not parted at the end of a line.
_SPACE: Final = "\N{NO-BREAK SPACE}"
_SECOND_MS: Final = 1000
#: Units of a duration, the largest first, with how many of the next one they have.
_LONG: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def in_words(cell: Cell, column: Column, currency: str) -> str:
    """The cell of a column, in a row of that currency."""
    if cell is None or cell == "":
        return NOTHING
    match column.unit:
        case Unit.NAME:
            return str(cell)
        case Unit.COUNT:
            return f"{cell:,}"
        case Unit.MONEY:
            return amount(int(cell), currency)
        case Unit.RATE:
            return percent(float(cell))
        case Unit.MS:
            return duration(int(cell))


def amount(minor: int, currency: str) -> str:
    """Minor units as an amount, thousands apart: 1,234.50."""
    exponent = EXPONENTS.get(currency, 0)
    whole, decimals = divmod(abs(minor), 10**exponent)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{decimals:0{exponent}}" if exponent else f"{sign}{whole:,}"


def plain_amount(minor: int, currency: str) -> str:
    """The same for programs: 1234.50."""
    return amount(minor, currency).replace(",", "")


def percent(rate: float) -> str:
    """A part of one in per cent; small ones with the digits that they need."""
    return f"{rate * 100:.1f}{_SPACE}%" if rate >= 0.01 or not rate else f"{rate * 100:.2f}{_SPACE}%"


def duration(ms: int) -> str:
    """The two largest units that it has."""
    if ms < _SECOND_MS:
        return f"{ms}{_SPACE}ms"
    if ms < 60 * _SECOND_MS:
        return f"{ms / _SECOND_MS:.1f}{_SPACE}s"
    seconds = ms // _SECOND_MS
    parts: list[str] = []
    for unit, size in _LONG:
        number, seconds = divmod(seconds, size)
        if number or parts:
            parts.append(f"{number}{_SPACE}{unit}")
    return " ".join(parts[:2])


def day(each: date) -> str:
    """2026-09-03 as 3 September 2026."""
    return f"{each.day} {MONTHS[each.month - 1]} {each.year}"


def days(first: date, last: date) -> str:
    """A period by its first and last day, without what both have in common."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} to {day(last)}"
    return f"{first.day} to {day(last)}"


def short_day(each: date) -> str:
    """2026-09-03 as 3 Sep."""
    return f"{each.day} {MONTHS[each.month - 1][:3]}"
