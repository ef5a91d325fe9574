"""Of every fault that campaigns and chaos suite can cause it is known by which recording it is covered.

Whether that recording wakes somebody, or must wake nobody, and why, is a line of
`tests/house/watching/alarming.py`; the rules are played over it in `test_recorded`.
"""

from tests.alerts.beyond import EVERY
from tests.alerts.covered import LIKE, idle, row_of, seen_as
from tests.alerts.crashes import BY_POINT, SILENT, WHOLE, crashes
from tests.house.tree import files, hold

CHAOS = "tests/chaos/test_"


def test_every_fault_is_recorded_or_like_one_that_is() -> None:
    """A new one is neither."""
    hold(
        "Record it: `python -m tests.alerts --record --faults NAME`; or liken it, in `tests/alerts/covered.py`.",
        (fault for fault in EVERY if not seen_as(fault)),
    )
    assert list(idle()) == []
    assert [name for name in LIKE if name not in EVERY] == []


def test_what_is_alike_raises_alike() -> None:
    """It is told of in the same row as the one that was recorded."""
    hold(
        "Record it, or put both into one row of `tests/house/watching/alarming.py`.",
        (f"{name} is not as {recorded}" for name, recorded in LIKE.items() if row_of(name) is not row_of(recorded)),
    )


def test_every_crash_point_of_the_chaos_suite_is_covered() -> None:
    """By the recording of the fault that it is, or is like."""
    hold(
        "Add its place to `tests/alerts/crashes.py`; a fault that is new must be recorded.",
        (f"{crash}: {fault}" for crash, fault in crashes() if fault not in EVERY or not seen_as(fault)),
    )


def test_every_module_of_the_chaos_suite_says_what_it_causes() -> None:
    """Point by point, as a whole, or that it is nothing that anybody is woken for, and why."""
    modules = {path[len(CHAOS) :].removesuffix(".py") for path in files() if path.startswith(CHAOS)}
    told = [*BY_POINT, *WHOLE, *SILENT]
    assert sorted(told) == sorted(modules), "tell of it in `tests/alerts/crashes.py`"
    assert [fault for faults in WHOLE.values() for fault in faults if not seen_as(fault)] == []
    assert {crash.partition(",")[0] for crash, _ in crashes()} == BY_POINT
