"""An endpoint's own places, and what becomes of them while it fails. Pure."""

from __future__ import annotations

from tests.unit.webhooks.builders import a_delivery, an_endpoint
from workers.events.webhooks.lane import AHEAD, Lane
from workers.events.webhooks.schedule import FAILING


def a_lane(waiting: int) -> Lane:
    lane = Lane(an_endpoint(concurrency=2))
    lane.fetched(a_delivery(f"ORD-{number}:approved") for number in range(waiting))
    return lane


def test_no_more_is_under_way_than_the_endpoint_may_have() -> None:
    """The next goes out when one has ended."""
    lane = a_lane(3)
    assert [lane.next(0.0) is None for _ in range(3)] == [False, False, True]
    lane.ended(True, 0.0)
    assert lane.next(0.0) == a_delivery("ORD-2:approved")


def test_what_is_not_written_down_is_not_fetched_again() -> None:
    """It keeps its place until then, so that answers do not pile up while the database is away."""
    lane = a_lane(2 * AHEAD)
    assert lane.room == 0
    lane.next(0.0)
    lane.ended(True, 0.0)
    assert lane.room == 0
    lane.written("ORD-0:approved")
    assert (lane.room, "ORD-0:approved" in lane.busy) == (1, False)


def test_a_failing_endpoint_gets_one_at_a_time() -> None:
    """With a rest after each; one success, and all its places are there again."""
    lane = a_lane(4)
    lane.stands(FAILING - 1)
    lane.next(0.0)
    lane.ended(False, 0.0)
    assert lane.next(0.5) is None
    assert lane.next(1.0) is not None
    assert lane.next(1.0) is None
    lane.ended(True, 1.0)
    assert [lane.next(1.0) is None, lane.next(1.0) is None] == [False, False]


def test_what_was_dropped_may_be_fetched_again() -> None:
    """What is under way is not dropped."""
    lane = a_lane(3)
    lane.next(0.0)
    lane.drop()
    assert (lane.busy, lane.next(0.0)) == ({"ORD-0:approved"}, None)
