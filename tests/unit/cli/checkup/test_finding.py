"""What a clock's answer says of it."""

from __future__ import annotations

import time

import pytest

from workers.cli.checkup.finding import ahead_s

HOUR_S = 3600.0


@pytest.mark.parametrize("told_after_s", [0.0, 1.0, HOUR_S - 1])
def test_an_answer_that_took_long_makes_no_clock_wrong(told_after_s: float) -> None:
    """It may have told its time when it was asked, or just now."""
    asked_s = time.time() - HOUR_S
    assert ahead_s(asked_s + told_after_s, asked_s) == 0.0


def test_a_clock_is_behind_the_moment_it_was_asked_or_ahead_of_now() -> None:
    """However long the answer took."""
    asked_s = time.time() - HOUR_S
    assert ahead_s(asked_s - 30.0, asked_s) == -30.0
    assert 0.0 < ahead_s(asked_s + 3 * HOUR_S, asked_s) <= 2 * HOUR_S
