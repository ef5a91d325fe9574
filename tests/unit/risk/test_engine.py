"""Facts and rules make exactly one verdict, and its reasons are the rules that ask for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.contract.risk import ALLOW, BLOCK, REVIEW, VERDICTS
from producers.runtime.metrics_table import OTHER, RISK_RULES
from tests.unit.risk.builders import asked, facts, rules
from workers.risk.asked import Seen, Volume
from workers.risk.engine import facts_of, judge
from workers.risk.rules import DEFAULT, MODES, NAMES, Facts

COUNTS = st.none() | st.integers(0, 2000)
ANY_FACTS = st.builds(
    Facts,
    amount_minor=st.integers(0, 10**9),
    currency=st.sampled_from(["EUR", "USD", "JPY"]),
    country=st.sampled_from(["LT", "LV"]),
    hour=st.integers(0, 23),
    ip_country=st.sampled_from([None, "LT", "NG"]),
    failed_by_address=COUNTS,
    cards=COUNTS,
    customers=COUNTS,
    small_by_card=COUNTS,
    small_by_address=COUNTS,
    places=COUNTS,
    country_known=st.booleans(),
    ip_country_known=st.booleans(),
    hours=COUNTS,
    hour_known=st.booleans(),
    volume=st.integers(0, 10**6),
    volume_usual=st.floats(0, 10**6),
)
ANY_MODES = st.fixed_dictionaries({name: st.sampled_from(MODES) for name in NAMES})


@given(facts=ANY_FACTS, modes=ANY_MODES)
def test_only_rules_that_act_decide(facts: Facts, modes: dict[str, str]) -> None:
    """The verdict is the strongest of live rules that are met, and shadow changes nothing but the count."""
    judgement = judge(facts, rules(modes))
    acting = {each.verdict for each in judgement.met if modes[each.rule] == "live"}
    assert judgement.verdict == max(acting, key=VERDICTS.index, default=ALLOW)
    assert {each.rule for each in judgement.findings} == {name for name in NAMES if modes[name] != "off"}
    assert bool(judgement.reasons) == (judgement.verdict != ALLOW)
    assert all(modes[name] == "live" for name in judgement.reasons)


@given(facts=ANY_FACTS)
def test_the_mode_of_a_rule_does_not_change_what_it_says(facts: Facts) -> None:
    """So what is counted in shadow is what would be done live."""
    said = [
        [(each.rule, each.met) for each in judge(facts, rules(dict.fromkeys(NAMES, mode))).findings]
        for mode in ("live", "shadow")
    ]
    assert said[0] == said[1]


@given(facts=ANY_FACTS)
def test_as_shipped_no_rule_acts(facts: Facts) -> None:
    """A deployment turns on what it wants."""
    assert judge(facts, DEFAULT).verdict == ALLOW


MET: list[tuple[str, dict[str, Any]]] = [
    ("failed_attempts", {"failed_by_address": 5}),
    ("unusual_geography", {"ip_country": "NG"}),
    ("unusual_geography", {"places": 3, "country_known": False}),
    ("odd_hours", {"amount_minor": 50_000, "hour": 3}),
    ("many_cards", {"cards": 4}),
    ("many_customers", {"customers": 3}),
    ("card_testing", {"amount_minor": 100, "small_by_address": 5}),
    ("card_testing", {"amount_minor": 100, "small_by_card": 5, "small_by_address": 1}),
    ("sudden_volume", {"volume": 100, "volume_usual": 9.9}),
]
NOT_MET: list[tuple[str, dict[str, Any]]] = [
    ("failed_attempts", {"failed_by_address": 4}),
    ("unusual_geography", {"ip_country": "LT"}),
    ("unusual_geography", {"ip_country": "NG", "ip_country_known": True}),
    ("unusual_geography", {"places": 2}),
    ("unusual_geography", {"places": 3, "country_known": True}),
    ("odd_hours", {"amount_minor": 49_999, "hour": 3}),
    ("odd_hours", {"amount_minor": 50_000, "hour": 5}),
    ("odd_hours", {"amount_minor": 50_000, "hour": 0}),
    ("odd_hours", {"amount_minor": 50_000, "hour": 3, "hour_known": True}),
    ("many_cards", {"cards": 3}),
    ("many_customers", {"customers": 2}),
    ("card_testing", {"amount_minor": 201, "small_by_address": 50}),
    ("card_testing", {"amount_minor": 100, "small_by_address": 4, "small_by_card": 4}),
    ("sudden_volume", {"volume": 99, "volume_usual": 1.0}),
    ("sudden_volume", {"volume": 1000, "volume_usual": 100.0}),
]
SILENT: list[tuple[str, dict[str, Any]]] = [
    ("failed_attempts", {}),
    ("unusual_geography", {}),
    ("odd_hours", {"currency": "JPY", "amount_minor": 10**9, "hour": 3}),
    ("many_cards", {}),
    ("many_customers", {}),
    ("card_testing", {"amount_minor": 100}),
    ("card_testing", {"currency": "JPY", "small_by_address": 50}),
    ("sudden_volume", {"volume": 10**6}),
]


@pytest.mark.parametrize(
    ("rule", "known", "met"),
    [
        *((rule, known, True) for rule, known in MET),
        *((rule, known, False) for rule, known in NOT_MET),
        *((rule, known, None) for rule, known in SILENT),
    ],
)
def test_each_rule_at_its_edge(rule: str, known: dict[str, Any], met: bool | None) -> None:
    """Met at the limit, not below it; silent where nobody knows enough."""
    (said,) = [each.met for each in judge(facts(**known), DEFAULT).findings if each.rule == rule]
    assert said is met


def test_the_stronger_verdict_wins() -> None:
    """A block beside a review is a block, for the reason of the block."""
    judgement = judge(facts(failed_by_address=9, cards=9), rules({"failed_attempts": "live", "many_cards": "live"}))
    assert (judgement.verdict, judgement.reasons) == (BLOCK, ("failed_attempts",))
    assert judge(facts(cards=9), rules({"many_cards": "live"})).verdict == REVIEW


def test_what_no_counter_answers_is_not_known() -> None:
    """Zero and unknown are not the same."""
    made = facts_of(asked(), {"cards": Seen(0, False)}, Volume(1, 0.0))
    assert (made.cards, made.customers) == (0, None)


def test_hours_are_the_customer_s() -> None:
    """10:00 UTC is noon in Vilnius, and the day before the evening on the other side."""
    assert [asked(offset_min=offset).hour for offset in (120, 0, -660)] == [12, 10, 23]


def test_metrics_know_every_rule() -> None:
    """Their table stands below the rules and cannot ask them."""
    assert (*NAMES, OTHER) == RISK_RULES
