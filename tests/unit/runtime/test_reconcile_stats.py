"""What a reconciliation left for metrics. Pure."""

from producers.runtime.metrics_table import DIFFERENCES
from producers.runtime.reconcile_stats import UNREAD, ReconcileStats, reconcile_stats
from workers.reconciling.values import WHATS


def test_what_was_left_is_read() -> None:
    """Its age counts from its end, and a kind that was not found is a zero."""
    found = reconcile_stats({b"ended_ms": b"1000", b"second": b"2", b"unread": b"3"}, 61_500)
    assert found == ReconcileStats(60.5, {**dict.fromkeys(DIFFERENCES, 0), "second": 2, "unread": 3})


def test_before_the_first_run_there_is_none() -> None:
    """Nobody is told of what is not used."""
    assert reconcile_stats({}, 1) == ReconcileStats(float("inf"), dict.fromkeys(DIFFERENCES, 0))


def test_the_table_has_every_difference() -> None:
    """Whatever a reconciliation can find has a series."""
    assert (*WHATS, UNREAD) == DIFFERENCES
