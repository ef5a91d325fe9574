"""How a split stands, by how its parts stand."""

from __future__ import annotations

from itertools import product

import pytest

from producers.contract.states import APPROVED, NOT_CHARGED, STATES, TERMINAL
from producers.splits.progress import PartStanding, Progress, progress


def _parts(*states: str) -> list[PartStanding]:
    """Parts in these states; behind a slash the state of what undoes it."""
    split = (state.partition("/") for state in states)
    return [PartStanding(f"S.{n}", state, undo or None) for n, (state, _, undo) in enumerate(split, start=1)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("accepted", "sending"), Progress("pending", final=False)),
        (("approved", "unknown"), Progress("partial", final=False)),
        (("approved", "approved"), Progress("completed", final=True)),
        (("declined", "expired"), Progress("failed", final=True)),
        (("approved", "declined"), Progress("partial", final=True)),
        (("declined", "parked"), Progress("pending", final=False)),
    ],
)
def test_without_all_or_nothing_every_part_stands_for_itself(states: tuple[str, ...], expected: Progress) -> None:
    """And nothing is given back."""
    assert progress(_parts(*states), all_or_nothing=False) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("approved", "accepted"), Progress("partial", final=False)),
        (("approved", "declined"), Progress("compensating", final=False, undo=("S.1",))),
        (("approved/accepted", "declined"), Progress("compensating", final=False)),
        (("approved/approved", "declined"), Progress("compensated", final=True)),
        (("approved/rejected", "declined"), Progress("compensating", final=False, stuck=("S.1",))),
        (("approved/name_taken", "declined"), Progress("compensating", final=False, stuck=("S.1",))),
        (("approved/unknown", "declined"), Progress("compensating", final=False)),
        (("approved/not_charged", "declined"), Progress("compensating", final=False, undo=("S.1",))),
        (("unknown", "declined"), Progress("compensating", final=False)),
        (("accepted", "declined"), Progress("compensating", final=False, call_back=("S.1",))),
        (("cancelled", "declined"), Progress("failed", final=True)),
        (("approved", "approved"), Progress("completed", final=True)),
    ],
)
def test_with_all_or_nothing_one_failure_undoes_the_rest(states: tuple[str, ...], expected: Progress) -> None:
    """What was taken is given back, what was not sent is called back, and what may still be taken is waited for."""
    assert progress(_parts(*states), all_or_nothing=True) == expected


def test_a_final_split_holds_no_money_that_it_does_not_tell_of() -> None:
    """In every combination of two parts: an end leaves nothing open, and `failed` and `compensated` nothing taken."""
    for first, second in product(STATES, STATES):
        for undo in (None, *STATES):
            parts = [PartStanding("S.1", first, undo if first == APPROVED else None), PartStanding("S.2", second)]
            for all_or_nothing in (False, True):
                end = progress(parts, all_or_nothing=all_or_nothing)
                if not end.final:
                    continue
                assert {first, second} <= TERMINAL
                kept = [part for part in parts if part.taken and not (all_or_nothing and part.undo_state == APPROVED)]
                assert bool(kept) == (end.state in ("partial", "completed"))
                assert not (all_or_nothing and len(kept) == 1)


def test_what_was_tried_often_enough_is_a_humans() -> None:
    """Each try was proven not to have been made, and there is no further name."""
    parts = [PartStanding("S.1", APPROVED, NOT_CHARGED, may_retry=False), PartStanding("S.2", "declined")]
    assert progress(parts, all_or_nothing=True) == Progress("compensating", final=False, stuck=("S.1",))
