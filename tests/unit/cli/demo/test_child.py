"""Stopping several things in order."""

from __future__ import annotations

from workers.cli.demo.child import stop_all


def test_one_that_fails_to_stop_does_not_keep_the_others_running() -> None:
    """Everything is stopped in the order given, and what went wrong is told afterwards."""
    stopped: list[str] = []

    def fail() -> None:
        stopped.append("b")
        raise OSError("b")

    failures = stop_all([lambda: stopped.append("a"), fail, lambda: stopped.append("c")])
    assert stopped == ["a", "b", "c"]
    assert [str(failure) for failure in failures] == ["b"]
