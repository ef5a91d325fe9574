"""What is done again and again: each at its own pace, and nothing is made up for."""

from __future__ import annotations

from workers.cli.demo.rounds import JITTER, Rounds


def test_a_deed_is_done_once_it_is_due_and_once_only() -> None:
    """However late somebody looks; the next time is reckoned from then."""
    done: list[str] = []
    rounds = Rounds(seed=1)
    rounds.add(10.0, lambda: done.append("often"), first_at=5.0)
    rounds.add(float("inf"), lambda: done.append("once"), first_at=5.0)
    rounds.go(4.9)
    assert done == []
    rounds.go(100.0)
    assert done == ["often", "once"]
    rounds.go(100.0 + 10.0 * (1 - JITTER) - 0.1)
    assert done == ["often", "once"]
    rounds.go(100.0 + 10.0 * (1 + JITTER))
    assert done == ["often", "once", "often"]
