"""The names of renewals' orders: they fit, they differ, and they lead back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producers.contract.fields import ORDER_ID_MAX, read_order_id
from producers.subscriptions.identity import ATTEMPT_MAX, ID_MAX, NUMBER_MAX, order_id_of, period_of, second_of

IDS = st.from_regex(rf"[A-Za-z0-9-]{{1,{ID_MAX}}}", fullmatch=True)
NUMBERS = st.integers(1, NUMBER_MAX)
ATTEMPTS = st.integers(1, ATTEMPT_MAX)


@given(IDS, NUMBERS, ATTEMPTS)
def test_an_order_id_is_one_that_is_accepted_and_leads_back(name: str, number: int, attempt: int) -> None:
    """It is not too long, not reserved, and says subscription, period and attempt: so no two are the same."""
    order_id = order_id_of(name, number, attempt)
    assert read_order_id(order_id) == order_id
    assert period_of(order_id) == (name, number, attempt)


def test_the_longest_fits() -> None:
    """Every part at its longest is within what the ledger takes."""
    assert len(order_id_of("x" * ID_MAX, NUMBER_MAX, ATTEMPT_MAX)) <= ORDER_ID_MAX


def test_other_orders_lead_nowhere() -> None:
    """Names that are no renewal's, and those that only look so."""
    for order_id in ("ORD-1", "sub.a", "sub.a.0", "sub.a.01", "sub.a.1.1", "sub.a.b.1.2", "sub..1", "sub.a.1\n"):
        assert period_of(order_id) is None


def test_seconds_are_spread_between_the_hours() -> None:
    """A thousand subscriptions fill each of sixteen hours, and one has the same second always."""
    seconds = [second_of(f"gym-{number}", 6, 22) for number in range(1000)]
    assert {second // 3600 for second in seconds} == set(range(6, 22))
    assert second_of("gym-1", 6, 22) == seconds[1]
