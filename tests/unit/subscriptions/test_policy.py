"""How a plan goes on after declines, as it is written and stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.subscriptions.dunning.ladder import Ladder
from producers.subscriptions.dunning.policy import USUAL, Policy, link_fits, parse_policy, policy_from

_POLICIES = st.builds(
    Policy,
    ladder=st.builds(
        Ladder,
        waits_d=st.lists(st.integers(1, 30), max_size=15).map(tuple),
        from_hour=st.integers(0, 11),
        to_hour=st.integers(12, 24),
        pay_days=st.lists(st.sampled_from([-1, *range(1, 32)]), max_size=31).map(tuple),
        pay_day_reach_d=st.integers(0, 30),
        warning_d=st.integers(0, 30),
    ),
    when_over=st.sampled_from(["keep", "cancel"]),
    link=st.booleans(),
)


@given(_POLICIES)
def test_what_is_stored_is_what_was_meant(policy: Policy) -> None:
    """To text and back, within the column."""
    assert policy_from(policy.text) == policy
    assert len(policy.text) <= 1024


def test_words_of_a_command_mean_the_same() -> None:
    """Numbers as text, lists with commas; what is not given is as usual."""
    policy = parse_policy({"waits_d": "2, 4", "pay_days": "-1,15", "link": "true", "when_over": "cancel"})
    assert policy == Policy(Ladder(waits_d=(2, 4), pay_days=(-1, 15)), "cancel", link=True)
    assert parse_policy({}) == policy_from(None) == USUAL


@pytest.mark.parametrize("text", [None, "", "x" * 256])
def test_what_can_be_no_link_asks_for_none(text: str | None) -> None:
    """A link has a description, with room for what finds it again."""
    assert not link_fits(text)
    assert link_fits("Gym")


def test_an_empty_ladder_can_be_said() -> None:
    """No further attempt at all; an empty word is no word."""
    assert parse_policy({"waits_d": []}) == parse_policy({"waits_d": "none"}) == Policy(Ladder(waits_d=()))
    assert parse_policy({"waits_d": ""}) == USUAL
