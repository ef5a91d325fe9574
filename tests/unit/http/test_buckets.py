"""A bucket lets a burst through, and then a rate."""

from __future__ import annotations

from producers.http.buckets import Buckets


class Clock:
    """Turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_and_then_a_rate() -> None:
    """Three at once; then one for each half second, and who comes early is told how long."""
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.wait_s("a", per_s=2, burst=3) for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.25
    assert buckets.wait_s("a", per_s=2, burst=3) == 0.25
    clock.now += 0.25
    assert [buckets.wait_s("a", per_s=2, burst=3) for _ in range(2)] == [0, 0.5]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """However long nobody asked."""
    clock = Clock()
    buckets = Buckets(clock)
    assert buckets.wait_s("a", per_s=2, burst=2) == 0
    clock.now += 1e6
    assert [buckets.wait_s("a", per_s=2, burst=2) for _ in range(3)] == [0, 0, 0.5]


def test_names_have_buckets_of_their_own() -> None:
    """One that is empty is nobody else's."""
    buckets = Buckets(Clock())
    assert [buckets.wait_s(name, per_s=1, burst=1) for name in ("a", "b", "a")] == [0, 0, 1]


def test_the_name_that_asked_longest_ago_is_forgotten() -> None:
    """So that whoever can have many names cannot fill the memory."""
    buckets = Buckets(Clock(), names_max=2)
    for name in ("a", "b", "a", "c"):
        buckets.wait_s(name, per_s=1, burst=1)
    assert buckets.wait_s("a", per_s=1, burst=1) == 1
    assert buckets.wait_s("b", per_s=1, burst=1) == 0
