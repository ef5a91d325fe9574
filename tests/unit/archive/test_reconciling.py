"""Whether two sides tell the same of an order. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cardinity_client import Payment, Refund
from cardinity_client.money import Money
from workers.reconciling.comparing import Ours, asked, comparable, listed
from workers.reconciling.values import Difference

PAYMENT = Payment(
    id="3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
    order_id="ORD-1",
    amount=Money(2550, "EUR"),
    created_at=datetime(2026, 1, 15, tzinfo=UTC),
    status="approved",
    type="purchase",
    live=False,
    last4="1111",
    brand="Visa",
    error=None,
    merchant_advice_code=None,
    threeds_status_reason=None,
)
OURS = Ours("ORD-1", "main", "charge", "approved", 2550, "EUR", PAYMENT.id, None)
REFUNDED = Ours("RET-1", "main", "refund", "approved", 500, "EUR", "r-1", PAYMENT.id)


def what(found: Difference | None) -> str | None:
    return None if found is None else found.what


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"status": "declined"}, "status"),
        ({"status": "processing"}, "status"),
        ({"amount": Money(2551, "EUR")}, "amount"),
        ({"amount": Money(2550, "USD")}, "amount"),
        ({"order_id": "ORD-2"}, "reference"),
        ({"order_id": None}, "reference"),
    ],
)
def test_a_payment_is_told_the_same_or_not(changes: dict[str, Any], expected: str | None) -> None:
    """Outcome, amount and whose it is: the first that differs is named."""
    assert what(asked(OURS, replace(PAYMENT, **changes))) == expected


def test_what_the_gateway_does_not_know_is_absent() -> None:
    """With what we say of it as evidence."""
    found = asked(OURS, None)
    assert found is not None
    assert found.ours is not None
    assert (found.what, found.ours.id, found.theirs) == ("absent", PAYMENT.id, None)


def test_a_refund_is_compared_as_a_refund() -> None:
    """It has an id and an amount of its own, and is known by no order_id of its own."""
    refund = Refund(
        id="r-1", payment_id=PAYMENT.id, amount=Money(500, "EUR"), status="approved", created_at=PAYMENT.created_at,
        live=False, order_id="ORD-1", description=None, error=None,
    )  # fmt: skip
    assert asked(REFUNDED, refund) is None
    assert what(asked(REFUNDED, replace(refund, amount=Money(501, "EUR")))) == "amount"


def test_an_approved_payment_beside_ours_is_a_difference() -> None:
    """A second one, or one of an order that is not charged as we say; what was declined beside it is nobody's loss."""
    other = replace(PAYMENT, id="4" * 8 + PAYMENT.id[8:])
    assert what(listed(OURS, other)) == "second"
    assert what(listed(OURS._replace(state="not_charged", made_id=None), PAYMENT)) == "unrecorded"
    assert listed(OURS, replace(other, status="declined")) is None
    assert listed(OURS, PAYMENT) is None
    assert listed(OURS._replace(state="pending"), other) is None


def test_what_made_nothing_is_not_asked_for() -> None:
    """Neither is what is open: its outcome may change while we look."""
    assert (comparable(OURS), comparable(REFUNDED)) == (True, True)
    assert not comparable(OURS._replace(state="expired", made_id=None))
    assert not comparable(OURS._replace(state="pending"))
