"""What an order's end makes of its period and of its card."""

from __future__ import annotations

import pytest

from cardinity_client.money import Money
from producers.contract.events import payment_event
from producers.contract.states import TERMINAL
from producers.subscriptions.book.outcomes import Outcome, outcome_in


def outcome(state: str, **more: str) -> Outcome:
    """An outcome as its event tells it."""
    event = payment_event(
        state=state, order_id="sub.s1.1", attempt_ref="sub.s1.1", account="default", producer="shop",
        amount=Money(990, "EUR"), time_ms=0, reason=more.get("reason"), error=more.get("error"),
        merchant_advice_code=more.get("advice"), decline_code=more.get("error", "").partition(":")[0] or None,
    )  # fmt: skip
    found = outcome_in(event)
    assert found is not None
    return found


@pytest.mark.parametrize("state", sorted(TERMINAL - {"approved", "declined"}))
def test_an_order_that_ended_unpaid_without_a_bank_is_for_a_human(state: str) -> None:
    """Nobody knows whether to try again: it is held, and says why."""
    assert outcome(state).period_state == ("held", state)
    assert outcome(state, reason="poison").period_state == ("held", "poison")


@pytest.mark.parametrize("state", ["unknown", "pending", "parked"])
def test_what_may_be_paid_yet_is_in_flight(state: str) -> None:
    """It is neither charged nor declined until that is known."""
    assert (outcome(state).final, outcome(state).period_state) == (False, ("charging", state))


@pytest.mark.parametrize(
    ("error", "advice", "why"),
    [
        ("3001: Insufficient funds", "", None),
        ("3006: Invalid card", "", "update_card"),
        ("3008: Restricted card", "", "unsuited"),
        ("3001: Insufficient funds", "03", "never_again"),
        ("3014: Authentication required", "", None),
        ("9999: Whatever", "", None),
    ],
)
def test_a_decline_may_be_the_end_of_a_card(error: str, advice: str, why: str | None) -> None:
    """What the bank has done with is not charged again; what may do later, or needs the customer, is."""
    assert outcome("declined", error=error, **({"advice": advice} if advice else {})).kills_card == why


def test_orders_of_others_are_none_of_ours() -> None:
    """An order that is no renewal's has no outcome here."""
    event = payment_event(
        state="approved", order_id="ORD-1", attempt_ref="ORD-1", account="default", producer="shop",
        amount=Money(990, "EUR"), time_ms=0,
    )  # fmt: skip
    assert outcome_in(event) is None
