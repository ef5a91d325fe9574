"""What may be said of an unknown order: every branch of the decision, and the moments around H."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.resolver.journal import Journal, Stretch
from workers.resolver.verdict import (
    Absent,
    Attempt,
    Found,
    NotHeld,
    NotYet,
    Row,
    Rules,
    Undecidable,
    Verdict,
    believable,
    decide,
    decide_forgotten_hold,
    decide_two_phase,
)

RULES = Rules(horizon_ms=1000, skew_ms=50, clean_scans=3, absent="prove")
ATTEMPT = Attempt(intent_at_ms=10_000, amount="10.00", currency="EUR", last4="1111")
OURS = Row("p1", "approved", "10.00", "EUR", "1111", 10_020)
#: Everything seen, and three reads begun exactly at H.
PROVEN = Journal((Stretch(0, 11_002),), ("x",), (11_000, 11_001, 11_002))


def verdict(*rows: Row, journal: Journal = PROVEN, rules: Rules = RULES) -> Verdict:
    return decide(ATTEMPT, rows, journal, rules)


def test_a_row_that_matches_decides_at_once() -> None:
    """No horizon is waited for once the payment is seen."""
    assert verdict(OURS, journal=Journal()) == Found("p1")


@pytest.mark.parametrize(
    "difference", [{"amount": "10.01"}, {"currency": "USD"}, {"last4": "2222"}, {"created_ms": 9_949}]
)
def test_a_row_of_our_reference_that_disagrees_is_for_a_human(difference: dict[str, object]) -> None:
    """Same reference, other content: never explained away, never taken for ours."""
    row = dataclasses.replace(OURS, **difference)  # type: ignore[arg-type]
    assert verdict(row) == Undecidable("reference_with_other_content", alarm=True)


def test_a_row_created_within_the_skew_is_ours() -> None:
    """The gateway's clock may be behind ours by as much as the setting says."""
    assert verdict(dataclasses.replace(OURS, created_ms=9_950)) == Found("p1")


def test_an_approved_row_weighs_more_than_a_declined_one() -> None:
    """If both exist the customer was charged."""
    declined = dataclasses.replace(OURS, payment_id="p0", status="declined")
    assert verdict(declined, OURS) == Found("p1")


def test_absence_is_proven_by_three_reads_after_the_horizon() -> None:
    """The proof names the reads and what they covered."""
    result = verdict()
    assert isinstance(result, Absent)
    assert result.proof.scans_started_ms == (11_000, 11_001, 11_002)
    assert result.proof.covered_from_ms == 9_950


@pytest.mark.parametrize("starts", [(10_999, 11_001, 11_002), (11_000, 11_001), ()])
def test_a_read_begun_before_the_horizon_proves_nothing(starts: tuple[int, ...]) -> None:
    """One millisecond short of H is short of H (rule R5)."""
    journal = Journal((Stretch(0, 11_002),), ("x",), starts)
    assert verdict(journal=journal) == NotYet()


@pytest.mark.parametrize("stretch", [Stretch(9_951, 11_002), Stretch(0, 11_001)])
def test_a_hole_over_the_attempt_leaves_it_to_a_human(stretch: Stretch) -> None:
    """What was not looked at is not absent."""
    journal = Journal((stretch,), ("x",), PROVEN.clean_starts_ms)
    assert verdict(journal=journal) == Undecidable("hole_in_coverage")


def test_an_account_may_forbid_proofs_of_absence() -> None:
    """With `park` no assumption about time is left."""
    assert verdict(rules=dataclasses.replace(RULES, absent="park")) == Undecidable("absence_is_not_proof_here")


def test_rows_survive_the_way_through_the_ledger() -> None:
    """Written and read back a row is the same, with or without last digits."""
    for row in (OURS, dataclasses.replace(OURS, last4="")):
        assert Row.parse("p1", row.text) == row


@given(
    starts=st.lists(st.integers(10_000, 12_000), max_size=5).map(sorted),
    stretch=st.tuples(st.integers(9_000, 11_000), st.integers(9_000, 13_000)),
)
def test_absence_never_without_horizon_and_coverage(starts: list[int], stretch: tuple[int, int]) -> None:
    """Whatever the journal says, a proof implies every condition of rule R5."""
    journal = Journal((Stretch(*stretch),), ("x",), tuple(starts))
    result = verdict(journal=journal)
    if isinstance(result, Absent):
        scans = result.proof.scans_started_ms
        assert len(scans) == 3
        assert min(scans) >= 11_000
        assert stretch[0] <= 9_950
        assert max(scans) <= stretch[1]


def believed(*starts: int, covered: tuple[Stretch, ...] = (Stretch(9_950, 10_300),)) -> bool | None:
    """What is said of a 429 that was told at 10,100."""
    return believable(ATTEMPT.intent_at_ms, 10_100, Journal(covered, ("x",), starts), RULES)


def test_a_refusal_is_believed_after_as_many_reads_as_a_proof_takes() -> None:
    """Three reads begun when it was told or later, over everything since the intent and the skew before it."""
    assert believed(10_100, 10_200, 10_300) is True


@pytest.mark.parametrize("starts", [(), (10_099,), (10_200, 10_300), (10_099, 10_200, 10_300)])
def test_a_refusal_waits_for_its_reads(starts: tuple[int, ...]) -> None:
    """Fewer reads, or one that began before it was told, say nothing yet."""
    assert believed(*starts) is None


@pytest.mark.parametrize(
    "covered",
    [(), (Stretch(9_951, 10_300),), (Stretch(9_950, 10_299),), (Stretch(0, 10_150), Stretch(10_160, 10_300))],
)
@pytest.mark.parametrize("starts", [(10_300,), (10_100, 10_200, 10_300)])
def test_a_refusal_behind_a_hole_is_not_believed(starts: tuple[int, ...], covered: tuple[Stretch, ...]) -> None:
    """What came between the intent and the latest read may have been pushed out unseen; no later read mends that."""
    assert believed(*starts, covered=covered) is False


def test_nobody_has_paid_a_link_only_once_h_has_passed_since_it_was_over() -> None:
    """Until it was seen to be over somebody could begin; everything since the intent must have been seen."""
    link = dataclasses.replace(ATTEMPT, last4="", ends_at_ms=90_000)
    early = Journal((Stretch(0, 91_001),), ("x",), (90_999, 91_000, 91_001))
    proven = Journal((Stretch(0, 91_002),), ("x",), (91_000, 91_001, 91_002))
    hole = Journal((Stretch(0, 50_000), Stretch(50_001, 91_002)), ("x",), (91_000, 91_001, 91_002))
    assert decide(link, (), early, RULES) == NotYet()
    found = decide(link, (), proven, RULES)
    assert isinstance(found, Absent)
    assert (found.proof.over_at_ms, found.proof.covered_from_ms) == (90_000, 9_950)
    assert decide(link, (), hole, RULES) == Undecidable("hole_in_coverage")


#: Three reads begun after the attempt's window, long before H, and with a hole behind them.
SOON = Journal((Stretch(10_190, 10_202),), ("x",), (10_200, 10_201, 10_202), holes=1)


@pytest.mark.parametrize("absent", ["prove", "park"])
def test_a_two_phase_order_needs_no_proof_of_absence(absent: Literal["prove", "park"]) -> None:
    """Neither H nor coverage nor `absent`: a hold takes no money, and nobody will settle one that lands later."""
    rules = dataclasses.replace(RULES, absent=absent)
    assert decide_two_phase(ATTEMPT, 10_200, [], SOON, rules) == NotHeld((10_200, 10_201, 10_202))


def test_reads_from_before_the_window_was_over_do_not_count() -> None:
    """The hold may only be on its way."""
    assert decide_two_phase(ATTEMPT, 10_201, [], SOON, RULES) == NotYet()


def test_a_hold_that_is_seen_is_taken() -> None:
    """As any payment; and other content of our reference is for a human."""
    other = dataclasses.replace(OURS, amount="10.01")
    verdicts = [decide_two_phase(ATTEMPT, 10_200, [row], SOON, RULES) for row in (OURS, other)]
    assert verdicts == [Found("p1"), Undecidable("reference_with_other_content", alarm=True)]


@pytest.mark.parametrize("decide_hold", [decide, decide_forgotten_hold])
def test_a_hold_that_was_perhaps_settled_is_absent_by_proof_alone(decide_hold: Callable[..., Verdict]) -> None:
    """The ledger that chose it is lost. What was listed before the first read of today is in a hole."""
    since_today = Journal((Stretch(10_500, 11_002),), ("x",), (11_000, 11_001, 11_002))
    assert decide_hold(ATTEMPT, (), since_today, RULES) == Undecidable("hole_in_coverage")
    assert isinstance(decide_hold(ATTEMPT, (), PROVEN, RULES), Absent)
    assert decide_hold(ATTEMPT, (OURS,), PROVEN, RULES) == Found("p1")


def test_of_several_holds_none_is_chosen_a_second_time() -> None:
    """The one that is not looked at may be the one that was settled. One that was declined holds nothing."""
    other, declined = (
        dataclasses.replace(OURS, payment_id=f"p-{word}", status=word) for word in ("pending", "declined")
    )
    assert decide_forgotten_hold(ATTEMPT, (OURS, other), PROVEN, RULES) == Undecidable("choice_forgotten")
    assert decide_forgotten_hold(ATTEMPT, (OURS, declined), PROVEN, RULES) == Found("p1")
