"""What may follow a payment, by what the gateway shows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cardinity_client import CreateRefund, CreateSettlement, CreateVoid, Payment
from cardinity_client.models.follow_ups import FollowUpStatus, Refund, Settlement, Void
from cardinity_client.money import Money
from workers.payments.checks import Following
from workers.payments.follow_ups import Followed, Made, refusal

ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
AT = datetime(2026, 1, 15, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def followed(
    *,
    status: str = "approved",
    hold: bool = False,
    refunds: tuple[tuple[int, FollowUpStatus], ...] = (),
    settlements: tuple[tuple[int, FollowUpStatus], ...] = (),
    voids: tuple[FollowUpStatus, ...] = (),
) -> Followed:
    """A payment of 10.00 EUR and what has followed it."""
    payment = Payment(
        id=ID,
        amount=eur(1000),
        created_at=AT,
        type="authorization" if hold else "purchase",
        live=False,
        status=status,  # type: ignore[arg-type]
        order_id="ORD-1",
        last4="1111",
        brand="Visa",
        error=None,
        merchant_advice_code=None,
        threeds_status_reason=None,
    )
    rest = {"id": ID, "payment_id": ID, "created_at": AT, "live": False, "order_id": None, "description": None}
    return Followed(
        payment,
        [Refund(**rest, error=None, status=status, amount=eur(minor)) for minor, status in refunds],  # type: ignore[arg-type]
        [Settlement(**rest, error=None, status=status, amount=eur(minor)) for minor, status in settlements],  # type: ignore[arg-type]
        [Void(**rest, error=None, status=status) for status in voids],  # type: ignore[arg-type]
    )


REFUND, SETTLEMENT, VOID = CreateRefund(ID, eur(600)), CreateSettlement(ID, eur(600)), CreateVoid(ID)
PURCHASE, HOLD = followed(), followed(hold=True)


@pytest.mark.parametrize(
    ("request_", "state", "code"),
    [
        (REFUND, PURCHASE, None),
        (REFUND, followed(refunds=((400, "approved"),)), None),
        (REFUND, followed(refunds=((401, "approved"),)), "refund_over_amount"),
        (REFUND, followed(refunds=((401, "processing"),)), "refund_over_amount"),
        (REFUND, followed(refunds=((900, "declined"),)), None),
        (REFUND, followed(status="declined"), "payment_not_approved"),
        (CreateRefund(ID, Money(600, "USD")), PURCHASE, "currency_of_another"),
        (REFUND, HOLD, "refund_over_amount"),
        (REFUND, followed(hold=True, settlements=((600, "approved"),)), None),
        (REFUND, followed(hold=True, settlements=((599, "approved"),)), "refund_over_amount"),
        (SETTLEMENT, HOLD, None),
        (CreateSettlement(ID, eur(1001)), HOLD, "settlement_over_amount"),
        (SETTLEMENT, PURCHASE, "payment_is_no_hold"),
        (SETTLEMENT, followed(hold=True, settlements=((100, "approved"),)), "hold_settled"),
        (SETTLEMENT, followed(hold=True, settlements=((100, "declined"),)), None),
        (SETTLEMENT, followed(hold=True, voids=("approved",)), "hold_voided"),
        (VOID, HOLD, None),
        (VOID, PURCHASE, "payment_is_no_hold"),
        (VOID, followed(hold=True, settlements=((100, "processing"),)), "hold_settled"),
        (VOID, followed(hold=True, voids=("declined",)), None),
        (VOID, followed(status="pending", hold=True), "payment_not_approved"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_sent(request_: Following, state: Followed, code: str | None) -> None:
    """No more than there is, and nothing of a hold that is settled or let go."""
    assert refusal(request_, state) == code


def test_what_the_list_does_not_show_yet_counts() -> None:
    """What orders have made is known to the ledger, and is counted once."""
    late = replace(PURCHASE, made=Made(refunds=401))
    assert refusal(REFUND, late) == "refund_over_amount"
    assert refusal(REFUND, replace(followed(refunds=((400, "approved"),)), made=Made(refunds=400))) is None
    assert refusal(SETTLEMENT, replace(HOLD, made=Made(settlements=100))) == "hold_settled"
    assert refusal(SETTLEMENT, replace(HOLD, made=Made(voids=0))) == "hold_voided"
    assert refusal(REFUND, replace(HOLD, made=Made(settlements=600))) is None
