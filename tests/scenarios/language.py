"""How a story is written: a line per fact, with the day before it. Pure.

    # The title, and what the story is about.
    2026-01-31  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
    2026-01-31  > ANNA is charged 9.99 EUR for period 1
    2026-03-01  the end

What somebody does stands as it is, what is to come of it behind `>`. What happens and is not told is as wrong as what
is told and does not happen. A line without a day is of the day above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

T = TypeVar("T")

_LINE: Final = re.compile(r"(?:(\d{4}-\d{2}-\d{2})\s+|\s+)(>\s*)?(\S.*)")
_END: Final = "the end"


@dataclass(frozen=True, slots=True)
class Day:
    """What is done on a day, and what comes of it; both as they are written."""

    day: date
    deeds: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Days on which something is told, in their order, and the last day."""

    title: str
    days: tuple[Day, ...]
    last: date


def read(text: str) -> Story:
    """The story that is written so.

    Raises:
        ValueError: a line is none, a day comes before the one above it, or there is no end.
    """
    title: list[str] = []
    days: dict[date, tuple[list[str], list[str]]] = {}
    day: date | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            title.append(line.lstrip("# "))
        elif line.strip():
            day, told, words = _read_line(number, line, day)
            if words == _END:
                return Story(" ".join(title), tuple(Day(at, *map(tuple, days[at])) for at in days), day)
            days.setdefault(day, ([], []))[told].append(words)
    raise ValueError("a story needs its last day: `2026-03-01  the end`")


def meaning(words: str, sentences: Iterable[tuple[str, T]]) -> tuple[T, tuple[Any, ...]]:
    """What goes with the first of the sentences that these words are, and what they say in its places.

    Raises:
        ValueError: they are none of them.
    """
    for pattern, meant in sentences:
        if found := re.fullmatch(pattern, words):
            return meant, found.groups()
    raise ValueError(f"no such sentence: {words}")


def _read_line(number: int, line: str, above: date | None) -> tuple[date, bool, str]:
    found = _LINE.fullmatch(line.rstrip())
    day = date.fromisoformat(found[1]) if found and found[1] else above
    if found is None or day is None:
        raise ValueError(f"line {number}: a line is a day and what happens on it")
    if above is not None and day < above:
        raise ValueError(f"line {number}: {day} comes before {above}")
    return day, bool(found[2]), " ".join(found[3].split())
