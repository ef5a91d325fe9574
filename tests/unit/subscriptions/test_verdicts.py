"""What becomes of a period whose attempt has ended unpaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.declines import ADVICE_CODES, DECLINE_CODES
from producers.contract import renewals as states
from producers.contract.states import APPROVED, TERMINAL
from producers.subscriptions.book.outcomes import Outcome
from producers.subscriptions.dunning.ladder import Ladder
from producers.subscriptions.dunning.policy import Policy
from producers.subscriptions.dunning.verdicts import UNSENT_MAX, Facts, turn_of
from producers.subscriptions.identity import ATTEMPT_MAX

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FACTS = Facts(Policy(), ZoneInfo("Europe/Vilnius"), declines=0, unsent=0, attempt=1, stopped=False)


def declined(error: str = "3001: Insufficient funds", advice: str | None = None) -> Outcome:
    """A decline as its event tells it."""
    code = error.partition(":")[0]
    return Outcome("sub.s1.1", "declined", "e", 0, error=error, decline_code=code, merchant_advice_code=advice)


def ended(state: str) -> Outcome:
    """Any other end."""
    return Outcome("sub.s1.1", state, "e", 0)


@pytest.mark.parametrize("state", ["expired", "not_charged"])
def test_what_never_took_money_is_tried_at_once_and_not_for_ever(state: str) -> None:
    """The next run tries again; after the third time a human looks."""
    turn = turn_of(ended(state), FACTS, NOW)
    assert (turn.state, turn.retry_at, turn.reason) == ("retrying", NOW, state)
    assert turn_of(ended(state), replace(FACTS, unsent=UNSENT_MAX - 1), NOW).state == "held"


@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_what_somebody_refused_is_for_a_human(state: str) -> None:
    """We or the gateway said that it is wrong, or somebody called it back: nobody tries that again by himself."""
    assert turn_of(ended(state), FACTS, NOW).state == "held"


def test_a_used_up_budget_is_waited_for() -> None:
    """A worker saw it when the order came to it: the next day a run asks whether it is free."""
    turn = turn_of(replace(ended("rejected"), reason="network_budget"), FACTS, NOW)
    assert (turn.state, turn.reason, turn.retry_at) == ("retrying", "network_budget", NOW + timedelta(days=1))


def test_what_was_stopped_is_not_tried_again() -> None:
    """The subscription ended at once while the attempt was on its way."""
    stopped = replace(FACTS, stopped=True)
    assert turn_of(declined(), stopped, NOW).state == "declined"
    assert turn_of(ended("expired"), stopped, NOW).state == "held"


@pytest.mark.parametrize("advice", ["21", "21: Payment cancelled"])
def test_a_cancelled_mandate_ends_it_all(advice: str) -> None:
    """However the gateway writes the code."""
    turn = turn_of(declined(advice=advice), FACTS, NOW)
    assert (turn.state, turn.reason, turn.cancels, turn.kills) == ("declined", "mandate_cancelled", True, True)


def test_a_code_without_a_class_is_named() -> None:
    """It climbs the ladder like a plain no, and can be counted."""
    turn = turn_of(declined("3999: Something new"), FACTS, NOW)
    assert (turn.state, turn.remedy, turn.unknown) == ("retrying", "unknown", ("error 3999",))


def test_the_end_of_the_names_is_the_end_of_the_attempts() -> None:
    """There is no order_id for one more."""
    assert turn_of(declined(), replace(FACTS, attempt=ATTEMPT_MAX), NOW).state == "declined"


def test_the_last_attempt_has_its_warning() -> None:
    """A ladder of one wait: the decline itself is the time to warn."""
    turn = turn_of(declined(), replace(FACTS, policy=Policy(Ladder(waits_d=(1,)))), NOW)
    assert (turn.retry_at, turn.warn_at) == (NOW + timedelta(days=1), NOW)


@given(
    st.sampled_from([*DECLINE_CODES, "3999"]),
    st.sampled_from([None, "99", *ADVICE_CODES]),
    st.integers(0, 8),
    st.sampled_from(sorted(TERMINAL - {APPROVED})),
    st.booleans(),
)
def test_every_end_has_one_turn(code: str, advice: str | None, declines: int, state: str, stopped: bool) -> None:
    """Only what is retried has a moment, which is not past; what is dead is told to somebody, and has a class."""
    outcome = declined(f"{code}: Words", advice) if state == "declined" else ended(state)
    turn = turn_of(outcome, replace(FACTS, declines=declines, stopped=stopped), NOW)
    assert (turn.state == states.RETRYING) == (turn.retry_at is not None)
    assert turn.retry_at is None or turn.retry_at >= NOW
    assert turn.warn_at is None or (turn.retry_at is not None and NOW <= turn.warn_at <= turn.retry_at)
    assert turn.state in (states.RETRYING, states.PAST_DUE, states.DECLINED, states.HELD, states.SKIPPED)
    assert (turn.remedy in states.DECLINE_CLASSES) == (state == "declined")
    assert set(turn.notices) <= set(states.NOTICES)
    assert not (stopped and (turn.retry_at or turn.notices))
