"""Local time as arithmetic that every database knows: how far a zone is ahead of UTC, and from when to when. Pure.

SQLite has no time zones, and three databases have three tables of them. So the offsets of the period are found here,
and a query adds the right one to its milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

#: How far apart a zone is looked at: no zone changes its offset and back within it.
_STEP_MS: Final = 6 * HOUR_MS
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """Until `until_ms`, which is not included, local time is UTC and `offset_ms`."""

    until_ms: int
    offset_ms: int


def spans(zone: str, from_ms: int, to_ms: int) -> tuple[Span, ...]:
    """The offsets of a zone between two instants, in order; the last one ends with `to_ms`."""
    info = ZoneInfo(zone)
    found: list[Span] = []
    at = from_ms
    while at < to_ms:
        last = min(at + _STEP_MS, to_ms - 1)
        if _offset_ms(info, at) != _offset_ms(info, last):
            found.append(Span(_change(info, at, last), _offset_ms(info, at)))
        at += _STEP_MS
    return (*found, Span(to_ms, _offset_ms(info, to_ms - 1)))


def day_of(local_ms: int) -> date:
    """The day of a local time in milliseconds."""
    return _EPOCH + timedelta(days=local_ms // DAY_MS)


def _change(info: ZoneInfo, low: int, high: int) -> int:
    """The first instant that has the offset of `high`."""
    before = _offset_ms(info, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_ms(info, middle) == before else (low, middle)
    return high


def _offset_ms(info: ZoneInfo, at_ms: int) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(info).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000)
