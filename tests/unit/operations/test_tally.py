"""A batch counted by state."""

from __future__ import annotations

from workers.operations.tally import Tally


def test_every_order_is_final_parked_or_open() -> None:
    """What is counted is one of the three, so that `open` reaches zero."""
    tally = Tally.read({b"approved": b"3", b"not_charged": b"1", b"parked": b"2", b"unknown": b"4", b"sending": b"5"})
    assert (tally.known, tally.final, tally.parked, tally.open) == (15, 4, 2, 9)


def test_the_mix_names_outcomes_first_and_leaves_out_what_is_empty() -> None:
    """One reads what happened, then what is in doubt; the engine's own states are not shown."""
    tally = Tally({"sending": 5, "unknown": 4, "approved": 3, "declined": 0})
    assert tally.mix() == "3 approved, 4 unknown"
