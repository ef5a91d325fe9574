"""How orders ended in each of the last minutes: counted from the event stream, so no process has to remember. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from producers.runtime.ledger import keys
from workers.operations.outcomes import WINDOW_MS, ended

#: Minutes that are looked at, and events of each that are counted at the most: more are reckoned up from these.
MINUTES: Final = 15
EVENTS_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Minute:
    """What ended in a minute, by state; `name` is when it began, in UTC."""

    name: str
    ended: Mapping[str, int]


def minute_questions(now_ms: int) -> tuple[tuple[Any, ...], ...]:
    """The commands whose replies `minutes_of` reads, the oldest minute first; the last one is not over."""
    return tuple(
        ("XREVRANGE", keys.EVENTS, start_ms + WINDOW_MS - 1, start_ms, "COUNT", EVENTS_MAX)
        for start_ms in _starts(now_ms)
    )


def minutes_of(replies: Sequence[Sequence[tuple[bytes, Mapping[bytes, bytes]]]], now_ms: int) -> tuple[Minute, ...]:
    """The minutes."""
    return tuple(
        Minute(
            f"{datetime.fromtimestamp(start_ms / 1000, UTC):%H:%M}",
            ended(entries, min(now_ms, start_ms + WINDOW_MS), EVENTS_MAX, min(now_ms - start_ms, WINDOW_MS)),
        )
        for start_ms, entries in zip(_starts(now_ms), replies, strict=True)
    )


def _starts(now_ms: int) -> range:
    last_ms = now_ms - now_ms % WINDOW_MS
    return range(last_ms - (MINUTES - 1) * WINDOW_MS, last_ms + 1, WINDOW_MS)
