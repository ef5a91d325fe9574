"""What the chosen hold of a two-phase order has come to, by what the gateway shows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUpStatus, Settlement, Void
from cardinity_client.money import Money
from producers.contract.follow_ups import token_of
from producers.runtime.ledger.record import Record
from workers.payments.holds import Ask, Astray, Hold, Paid, Standing, Unpaid, standing_of

ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
AT = datetime(2026, 1, 15, tzinfo=UTC)
RECORD = Record(
    "ORD-1",
    {"ref": b"ORD-1", "amount_minor": b"1000", "currency": b"EUR", "two_phase": b"1", "payment_id": ID.encode()},
)
OURS = token_of("ORD-1")
PAYMENT = Payment(ID, "ORD-1", Money(1000, "EUR"), AT, "approved", "authorization", False, "1111", *(None,) * 4)


def settlement(status: FollowUpStatus, minor: int = 1000, description: str | None = OURS) -> Settlement:
    return Settlement(f"s-{status}", ID, AT, status, False, "ORD-1", description, None, Money(minor, "EUR"))


def void(status: FollowUpStatus, description: str | None = OURS) -> Void:
    return Void(f"v-{status}", ID, AT, status, False, "ORD-1", description, None)


def standing(*follow: Settlement | Void, payment: Payment = PAYMENT) -> Standing:
    return standing_of(
        RECORD,
        Hold(payment, [s for s in follow if isinstance(s, Settlement)], [v for v in follow if isinstance(v, Void)]),
    )


@pytest.mark.parametrize("before", [(), (void("declined"),)])
def test_what_holds_is_settled(before: tuple[Void, ...]) -> None:
    """Nothing follows it that took effect."""
    assert standing(*before) == Ask("settlement")


@pytest.mark.parametrize("description", [OURS, None, "somebody else's"])
def test_the_whole_amount_settled_is_paid(description: str | None) -> None:
    """Whoever has asked for it: the money of this order moved."""
    taken = settlement("approved", description=description)
    assert standing(taken, settlement("declined")) == Paid(taken)


@pytest.mark.parametrize(
    "follow", [(settlement("approved", 400),), (settlement("approved"), settlement("approved")), ()]
)
def test_settled_otherwise_is_for_a_human(follow: tuple[Settlement, ...]) -> None:
    """Less, or more than once, which the gateway promises not to do."""
    expected = Astray("settled_otherwise") if follow else Ask("settlement")
    assert standing(*follow) == expected


@pytest.mark.parametrize("follow", [settlement("processing"), void("processing"), settlement("processing", 400)])
def test_what_is_under_way_is_waited_for(follow: Settlement | Void) -> None:
    """Nothing more is asked while the gateway works on it."""
    assert standing(follow) == Ask("nothing")


def test_a_refused_hold_is_let_go_before_its_order_is_declined() -> None:
    """A settlement that was asked for earlier could still land; on a voided hold none can."""
    refused = settlement("declined")
    assert [standing(refused), standing(refused, void("approved"))] == [Ask("void"), Unpaid(refused)]


def test_a_refusal_that_no_list_shows_counts() -> None:
    """The answer in hand is as good; where it is listed too it is not told twice."""
    refused = settlement("declined")
    hold = Hold(PAYMENT, [], []).with_settlement(refused)
    assert (hold.settlements, hold.with_settlement(refused), hold.with_settlement(None)) == ((refused,), hold, hold)
    assert standing_of(RECORD, hold) == Ask("void")


def test_the_refusal_of_another_order_is_none() -> None:
    """What somebody else tried under this hold says nothing of ours."""
    assert standing(settlement("declined", description="by hand")) == Ask("settlement")


@pytest.mark.parametrize("description", [None, "by hand"])
def test_voided_by_somebody_else_is_for_a_human(description: str | None) -> None:
    """The order was neither paid nor refused."""
    assert standing(void("approved", description)) == Astray("voided_by_another")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "declined"}, Unpaid(None)),
        ({"status": "pending"}, Ask("nothing")),
        ({"status": "processing"}, Ask("nothing")),
        ({"type": "purchase"}, Astray("payment_is_no_hold")),
        ({"amount": Money(1001, "EUR")}, Astray("payment_of_another_order")),
        ({"order_id": "ORD-2"}, Astray("payment_of_another_order")),
    ],
)
def test_the_payment_itself_decides_first(changes: dict[str, object], expected: Standing) -> None:
    """One that holds nothing yet, or is none of ours, is not settled."""
    assert standing(payment=replace(PAYMENT, **changes)) == expected  # type: ignore[arg-type]
