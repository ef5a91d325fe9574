"""When answers count as slow."""

from __future__ import annotations

from workers.payments.limiter import Latency


def booked(*spells: tuple[float, int]) -> Latency:
    """So many answers of so many seconds each."""
    latency = Latency()
    for seconds, count in spells:
        for _ in range(count):
            latency.book(seconds)
    return latency


def test_several_times_the_usual_is_slow() -> None:
    """A gateway that takes 3 s where it took 0.4."""
    assert not booked((0.4, 100)).slow
    assert booked((0.4, 100), (3.0, 30)).slow


def test_a_single_slow_answer_is_none() -> None:
    """A spike is no trend."""
    assert not booked((0.4, 100), (5.0, 1)).slow


def test_what_is_quick_is_never_slow() -> None:
    """Ten times of next to nothing is still quick."""
    assert not booked((0.01, 100), (0.5, 100)).slow


def test_an_outage_does_not_become_usual() -> None:
    """A hundred slow answers hardly change what is expected; after them quick ones are quick again."""
    assert booked((0.4, 100), (8.0, 100)).slow
    assert not booked((0.4, 100), (8.0, 100), (0.4, 60)).slow
