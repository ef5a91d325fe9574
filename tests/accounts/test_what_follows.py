"""What follows a payment, where there are two merchant accounts: it goes to the account of that payment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.contract import states
from producers.enqueue import Enqueuer
from tests.accounts.stack import FIRST, SECOND, TwoAccounts
from tests.stack import CARD


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoAccounts]:
    """Both accounts at work, with one worker."""
    directory: Path = tmp_path_factory.mktemp("following")
    with TwoAccounts(directory) as stack:
        stack.worker()
        yield stack


@pytest.fixture(scope="module")
def shop(stack: TwoAccounts) -> Iterator[Enqueuer]:
    with stack.enqueuer() as shop:
        yield shop


def pay(shop: Enqueuer, order_id: str, **fields: object) -> str:
    """Charge 10 dollars, which only the second account takes; the payment's id."""
    shop.charge(**{"order_id": order_id, "amount": "10.00", "currency": "USD", "country": "LT", **CARD, **fields})
    paid = shop.wait(order_id, timeout_s=60)
    assert (paid.state, paid.account) == (states.APPROVED, SECOND)
    return str(paid.payment_id)


def test_a_refund_goes_to_the_account_of_its_payment(shop: Enqueuer) -> None:
    """Whose name the order of the payment says."""
    payment_id = pay(shop, "PAID-1")
    shop.refund(order_id="BACK-1", payment_id=payment_id, amount="4.00", currency="USD", account=SECOND)
    back = shop.wait("BACK-1", timeout_s=60)
    assert (back.state, back.account) == (states.APPROVED, SECOND)


def test_a_void_needs_no_currency(shop: Enqueuer) -> None:
    """It has no amount of its own."""
    payment_id = pay(shop, "HELD-1", settle=False)
    shop.void(order_id="VOID-1", payment_id=payment_id, account=SECOND)
    assert shop.wait("VOID-1", timeout_s=60).state == states.APPROVED


def test_nobody_guesses_the_account(shop: Enqueuer) -> None:
    """A refund and a recurring charge that name none are refused, unsent, with the code that says what is missing."""
    payment_id = pay(shop, "PAID-2")
    shop.refund(order_id="BACK-2", payment_id=payment_id, amount="4.00", currency="USD")
    shop.charge(order_id="AGAIN-2", payment_id=payment_id, amount="4.00", currency="USD", country="LT")
    ends = [shop.wait(order_id, timeout_s=60) for order_id in ("BACK-2", "AGAIN-2")]
    assert [(end.state, end.reason) for end in ends] == [(states.REJECTED, "account_required")] * 2


def test_a_wrong_account_gives_nothing_back(stack: TwoAccounts, shop: Enqueuer) -> None:
    """The account that is named does not know the payment: nothing is sent."""
    payment_id = pay(shop, "PAID-3")
    shop.refund(order_id="BACK-3", payment_id=payment_id, amount="4.00", currency="USD", account=FIRST)
    assert shop.wait("BACK-3", timeout_s=60).reason == "payment_not_found"
    assert stack.of(FIRST, "operations")["operations"] == []
