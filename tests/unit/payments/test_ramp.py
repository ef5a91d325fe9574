"""How the backlog of an account comes back."""

from __future__ import annotations

from workers.payments.ramp import DOUBLING_S, MOST, START, Ramp


def test_what_may_be_on_its_way_doubles() -> None:
    """From a handful to everything."""
    ramp = Ramp(100.0)
    assert [ramp.allowed(100.0 + second * DOUBLING_S) for second in range(4)] == [
        START,
        2 * START,
        4 * START,
        8 * START,
    ]
    assert ramp.allowed(1e9) == MOST


def test_one_more_waits_for_the_next_doubling() -> None:
    """Not longer, and not at all while there is room."""
    ramp = Ramp(100.0)
    assert ramp.wait_s(START - 1, 100.25) == 0.0
    assert ramp.wait_s(START, 100.25) == 0.75


def test_it_ends() -> None:
    """From then on nobody asks it."""
    ramp = Ramp(100.0)
    assert (ramp.over(110.0), ramp.over(113.0)) == (False, True)
