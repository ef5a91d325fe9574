"""What is decided about periods that are due, without any database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.subscriptions.schedule.calendar import Interval, first_schedule
from producers.subscriptions.schedule.planning import Standing, Taken, decide, plan
from producers.subscriptions.values import Consent, Pause, Subscription, Terms

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TERMS = Terms(
    first_schedule(date(2026, 5, 1), Interval(1, "day"), "UTC", 6 * 3600),
    Money(990, "EUR"),
    consent=Consent("signup", 0),
)
SUBSCRIPTION = Subscription("s1", states.ACTIVE, "LT", "default", (TERMS,), payment_id="p-1", next_number=4)


def lines(standing: Standing, now: datetime = NOON) -> list[str]:
    """The decisions in words."""
    return [decision.line for decision in decide(now, standing)]


def test_the_newest_is_charged_and_older_ones_are_held() -> None:
    """Four days are due, the first three were missed."""
    assert lines(Standing(replace(SUBSCRIPTION, next_number=1))) == [
        "hold sub.s1.1 9.90 EUR missed",
        "hold sub.s1.2 9.90 EUR missed",
        "hold sub.s1.3 9.90 EUR missed",
        "charge sub.s1.4 9.90 EUR",
    ]


def test_a_period_that_was_not_handed_in_is_charged_if_it_is_the_newest() -> None:
    """It keeps its name and the amount it was taken with; once a newer one is due it is held."""
    taken = Taken(4, 1, Money(500, "EUR"))
    left = Standing(replace(SUBSCRIPTION, next_number=5), (taken,))
    assert lines(left) == ["charge sub.s1.4 5.00 EUR"]
    assert lines(left, NOON + timedelta(days=1)) == ["hold sub.s1.4 5.00 EUR missed", "charge sub.s1.5 9.90 EUR"]


def test_a_further_attempt_keeps_its_own_name() -> None:
    """The second attempt at a period is handed in as that."""
    left = Standing(replace(SUBSCRIPTION, next_number=5), (Taken(4, 2, Money(990, "EUR")),))
    assert lines(left) == ["charge sub.s1.4.2 9.90 EUR"]


def test_nothing_is_due_before_the_hour_or_behind_the_end() -> None:
    """At 05:59 nothing is due; a subscription that ends before the period has none."""
    assert lines(Standing(SUBSCRIPTION), datetime(2026, 5, 4, 5, 59, tzinfo=UTC)) == []
    assert lines(Standing(replace(SUBSCRIPTION, ends_before=4))) == []


@pytest.mark.parametrize(
    ("reason", "standing"),
    [
        ("cancelled", Standing(replace(SUBSCRIPTION, state=states.CANCELLED))),
        ("paused", Standing(replace(SUBSCRIPTION, state=states.PAUSED, pauses=(Pause(0),)))),
        ("consent_missing", Standing(replace(SUBSCRIPTION, terms=(replace(TERMS, consent=None),)))),
        ("card_missing", Standing(replace(SUBSCRIPTION, payment_id=None))),
        ("card_dead", Standing(replace(SUBSCRIPTION, card_dead="never_again"))),
        ("chargeback_open", Standing(SUBSCRIPTION, against="chargeback_open")),
    ],
)
def test_what_speaks_against_it_is_the_reason(reason: str, standing: Standing) -> None:
    """Each obstacle skips every due period, the missed ones too."""
    assert lines(standing) == [f"skip sub.s1.4 9.90 EUR {reason}"]
    missed = replace(standing, subscription=replace(standing.subscription, next_number=3))
    assert [line.split()[-1] for line in lines(missed)] == [reason, reason]


@pytest.mark.parametrize(
    ("reason", "standing"),
    [
        ("paused", Standing(replace(SUBSCRIPTION, state=states.PAUSED))),
        ("network_budget", Standing(SUBSCRIPTION, against="network_budget")),
    ],
)
def test_what_only_waits_is_put_off_but_for_what_was_missed(reason: str, standing: Standing) -> None:
    """Of several the newest is tried later; one that a run had taken is never given up by another."""
    assert lines(standing) == [f"skip sub.s1.4 9.90 EUR {reason}"]
    missed = replace(standing, subscription=replace(standing.subscription, next_number=3))
    assert [line.split()[-1] for line in lines(missed)] == ["missed", reason]
    taken = replace(
        standing,
        subscription=replace(standing.subscription, next_number=5),
        taken=(Taken(4, 1, Money(990, "EUR")),),
    )
    assert lines(taken) == ["hold sub.s1.4 9.90 EUR paused" if reason == "paused" else "charge sub.s1.4 9.90 EUR"]


def test_a_day_that_does_not_exist_is_not_charged() -> None:
    """The period without a length is skipped, and the day before it is not held for that."""
    schedule = first_schedule(date(2011, 12, 29), Interval(1, "day"), "Pacific/Apia", 0)
    samoan = replace(SUBSCRIPTION, terms=(replace(TERMS, schedule=schedule),), next_number=2)
    assert lines(Standing(samoan), datetime(2011, 12, 30, 9, 59, tzinfo=UTC)) == []
    assert lines(Standing(samoan), datetime(2011, 12, 30, 10, tzinfo=UTC)) == [
        "skip sub.s1.2 9.90 EUR no_length",
        "charge sub.s1.3 9.90 EUR",
    ]


def test_a_plan_has_the_subscriptions_in_order() -> None:
    """By id, whatever order they came in."""
    standings = {name: Standing(replace(SUBSCRIPTION, subscription_id=name)) for name in ("b", "a")}
    assert [decision.order_id for decision in plan(NOON, standings)] == ["sub.a.4", "sub.b.4"]
