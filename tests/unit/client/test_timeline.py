"""What a clock showed that was moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.timeline import LATEST_MS, MOVES_MAX, Move, Timeline, began


def test_it_runs_on_from_where_it_began() -> None:
    """Real time passes for it too, wherever it stands."""
    past = began(1_000, 50_000)
    assert [past.at(real_ms) for real_ms in (40_000, 50_000, 50_007)] == [-9_000, 1_000, 1_007]


def test_a_moment_is_read_as_it_was_shown_then() -> None:
    """What lies before a move is not moved by it."""
    moved = began(1_000, 50_000).moved(90_000, 50_010)
    assert [moved.at(real_ms) for real_ms in (50_009, 50_010, 50_011)] == [1_009, 90_000, 90_001]


@pytest.mark.parametrize("to_ms", [1_009, LATEST_MS + 1])
def test_it_only_goes_forward_and_not_for_ever(to_ms: int) -> None:
    """Not a millisecond back, and not behind the last year."""
    with pytest.raises(ValueError, match="the clock"):
        began(1_000, 50_000).moved(to_ms, 50_010)


def test_its_moves_have_an_end() -> None:
    """They are told whole to whoever asks."""
    with pytest.raises(ValueError, match="another sandbox"):
        Timeline((Move(0, 0),) * MOVES_MAX).moved(2, 1)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=9), st.data())
def test_moments_never_change_their_order(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """However often it was moved: of two moments the later one is shown later, by as much at least."""
    real_ms, timeline = 10**12, began(10**11, 10**12)
    for waited_ms, ahead_ms in steps:
        real_ms += waited_ms
        timeline = timeline.moved(timeline.at(real_ms) + ahead_ms, real_ms)
    first, second = sorted(data.draw(st.integers(10**12 - 10, real_ms + 10)) for _ in range(2))
    assert timeline.at(second) - timeline.at(first) >= second - first
