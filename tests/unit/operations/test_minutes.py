"""Outcomes of the last minutes, read off the event stream."""

from __future__ import annotations

import itertools

from workers.operations.minutes import EVENTS_MAX, MINUTES, minute_questions, minutes_of

#: 12:00:30 of some day.
NOW_MS = 1_780_056_030_000


def entry(at_ms: int, state: str) -> tuple[bytes, dict[bytes, bytes]]:
    return f"{at_ms}-0".encode(), {b"id": f"ref:{state}".encode()}


def test_each_minute_has_its_own_ends() -> None:
    """The last one is the one that is not over; what is no end is not counted."""
    replies: list[list[tuple[bytes, dict[bytes, bytes]]]] = [[] for _ in range(MINUTES)]
    replies[-1] = [entry(NOW_MS - 1, "approved"), entry(NOW_MS - 2, "pending")]
    replies[-2] = [entry(NOW_MS - 40_000, "declined")]
    minutes = minutes_of(replies, NOW_MS)
    assert [(minute.name, dict(minute.ended)) for minute in minutes[-2:]] == [
        ("11:59", {"declined": 1}),
        ("12:00", {"approved": 1}),
    ]


def test_questions_cover_the_minutes_without_a_gap() -> None:
    """Each begins where the one before ended, in whole minutes."""
    asked = [(first, last) for _, _, last, first, *_ in minute_questions(NOW_MS)]
    assert asked[-1] == (NOW_MS - 30_000, NOW_MS + 29_999)
    assert all(first == before + 1 for (_, before), (first, _) in itertools.pairwise(asked))


def test_of_a_busy_minute_the_rest_is_reckoned_up() -> None:
    """As many events as were asked for, all within 10 s of a minute: six times as many ended."""
    replies: list[list[tuple[bytes, dict[bytes, bytes]]]] = [[] for _ in range(MINUTES)]
    over_ms = NOW_MS - 30_000
    replies[-2] = [entry(over_ms - 1 - 10_000 * number // EVENTS_MAX, "approved") for number in range(EVENTS_MAX)]
    replies[-2][-1] = entry(over_ms - 10_000, "approved")
    assert minutes_of(replies, NOW_MS)[-2].ended == {"approved": 6 * EVENTS_MAX}
