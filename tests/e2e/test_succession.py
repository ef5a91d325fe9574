"""What continues a declined order, end to end: the gateway's double, its page, the queue, a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from producers.acceptance import Order
from producers.contract import states
from producers.contract.events import succession_id
from producers.contract.follow_ups import token_of
from producers.enqueue import Enqueuer
from producers.errors import OrderConflict
from tests.e2e.shoppers import FormShopper, pay_link
from tests.e2e.test_links import PAN, alarms, ended, events, record
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

#: The sandbox says of it that its holder failed to authenticate.
FAILING = {**CARD, "pan": "5454545454540109"}
OTHER = {**CARD, "pan": "5555555555554444"}
CHARGE: dict[str, Any] = {"amount": "40.00", "currency": "EUR", "country": "LT", "description": "Invoice 77"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One worker at a gateway; each test has an order of its own."""
    with Stack(tmp_path_factory.mktemp("succession")) as running:
        running.worker()
        yield running


@pytest.fixture(scope="module")
def enqueuer(stack: Stack) -> Iterator[Enqueuer]:
    """A service."""
    with stack.enqueuer() as made:
        yield made


async def test_the_backup_is_charged_when_the_bank_declines(stack: Stack, enqueuer: Enqueuer) -> None:
    """One order, approved once, with the payment of the second instrument; the first decline was told before."""
    declines(stack, "TWO-cards", "3001: Insufficient funds")
    enqueuer.charge(order_id="TWO-cards", **CHARGE, payment_instrument=CARD, backup=OTHER)
    paid = await ended(enqueuer, "TWO-cards")
    assert (paid.state, paid.successor, paid.error) == (states.APPROVED, "TWO-cards-a2", None)
    assert approved(stack, "TWO-cards") == [paid.payment_id]
    told = events(stack, "TWO-cards")
    successor = succession_id("TWO-cards", "TWO-cards-a2")
    assert [name for name, _ in told] == ["TWO-cards:accepted", successor, "TWO-cards:approved"]
    assert (told[1][1].reason, told[1][1].decline_code, told[1][1].successor) == ("backup", "3001", "TWO-cards-a2")
    assert [data.root for _, data in events(stack, "TWO-cards-a2")] == ["TWO-cards"] * 2
    assert alarms(stack, "TWO-cards") + alarms(stack, "TWO-cards-a2") == 0


async def test_a_decline_that_forbids_another_try_ends_it(stack: Stack, enqueuer: Enqueuer) -> None:
    """The scheme says never again: the backup is not touched."""
    declines(stack, "TWO-never", "3001: Insufficient funds", advice="03: Do not try again")
    enqueuer.charge(order_id="TWO-never", **CHARGE, payment_instrument=CARD, backup=OTHER)
    over = await ended(enqueuer, "TWO-never")
    assert (over.state, over.successor, len(payments(stack, "TWO-never"))) == (states.DECLINED, None, 1)


async def test_two_declines_end_it_with_the_second(stack: Stack, enqueuer: Enqueuer) -> None:
    """Declined once for its owner, with what the second bank said."""
    declines(stack, "TWO-declined", "3001: Insufficient funds", then="3004: Not permitted")
    enqueuer.charge(order_id="TWO-declined", **CHARGE, payment_instrument=CARD, backup=OTHER)
    over = await ended(enqueuer, "TWO-declined")
    assert (over.state, over.error, over.reason) == (states.DECLINED, "3004: Not permitted", None)
    assert [name.rpartition(":")[2] for name, _ in events(stack, "TWO-declined")].count("declined") == 1


async def test_the_backup_waits_for_the_truth_about_the_first(stack: Stack, enqueuer: Enqueuer) -> None:
    """No answer came to a charge that the bank has declined: unknown, and continued once the list shows it."""
    stack.admin("faults", [{"fault": "charge_then_reset", "order_id": "TWO-unheard"}])
    fields = {**CHARGE, "amount": "200.00", "payment_instrument": CARD, "backup": OTHER}
    enqueuer.charge(order_id="TWO-unheard", **fields)
    over = await ended(enqueuer, "TWO-unheard")
    assert (over.state, over.successor, len(payments(stack, "TWO-unheard"))) == (states.DECLINED, "TWO-unheard-a2", 2)
    way = [line.state for line in record(stack, "TWO-unheard").history]
    assert way == ["accepted", "claimed", "sending", "unknown", "pending", "declined"]


async def test_a_charge_that_was_made_unheard_is_not_made_again(stack: Stack, enqueuer: Enqueuer) -> None:
    """No answer came to a charge that the bank has approved: the backup is never touched."""
    stack.admin("faults", [{"fault": "charge_then_reset", "order_id": "TWO-made"}])
    enqueuer.charge(order_id="TWO-made", **CHARGE, payment_instrument=CARD, backup=OTHER)
    paid = await ended(enqueuer, "TWO-made")
    assert (paid.state, paid.successor, len(payments(stack, "TWO-made"))) == (states.APPROVED, None, 1)


async def test_the_customer_pays_on_a_link_what_the_bank_wanted_to_be_asked_about(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """The order has the address while it waits; paid there, it is approved once."""
    enqueuer.charge(order_id="SCA-paid", **CHARGE, payment_instrument=FAILING, needs_customer="link")
    waiting = await asked(enqueuer, "SCA-paid")
    assert (waiting.state, waiting.reason, waiting.successor) == (states.PENDING, "needs_customer", "SCA-paid-a2")
    (_, told) = next(each for each in events(stack, "SCA-paid-a2") if each[0].endswith(":pending"))
    assert (told.link_url, told.root, told.attempt_ref) == (waiting.link_url, "SCA-paid", token_of("SCA-paid-a2"))
    await pay_link(payer, str(waiting.link_url), "40.00 EUR", PAN)
    paid = await ended(enqueuer, "SCA-paid")
    assert (paid.state, paid.link_url) == (states.APPROVED, None)
    assert paid.payment_id == enqueuer.get("SCA-paid-a2").payment_id
    assert alarms(stack, "SCA-paid") + alarms(stack, "SCA-paid-a2") == 0


async def test_a_link_that_its_owner_takes_back_ends_it_declined(stack: Stack, enqueuer: Enqueuer) -> None:
    """Cancelled by the order's own name; proven unpaid, the order ends with the decline that it had."""
    enqueuer.charge(order_id="SCA-cancel", **CHARGE, payment_instrument=FAILING, needs_customer="link")
    await asked(enqueuer, "SCA-cancel")
    assert enqueuer.cancel_link("SCA-cancel").state == states.PENDING
    over = await ended(enqueuer, "SCA-cancel")
    assert (over.state, over.reason, str(over.error)[:5]) == (states.DECLINED, "link_unpaid", "33333")
    assert enqueuer.get("SCA-cancel-a2").state == states.NOT_CHARGED
    assert record(stack, "SCA-cancel").text("payment_id") == payments(stack, "SCA-cancel")[0]["id"]


async def test_a_backup_that_needs_its_customer_goes_over_to_the_link(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """Three attempts, one after the other, and one payment."""
    declines(stack, "ALL-three", "3001: Insufficient funds")
    fields = {**CHARGE, "payment_instrument": CARD, "backup": FAILING, "needs_customer": "link"}
    enqueuer.charge(order_id="ALL-three", **fields)
    waiting = await asked(enqueuer, "ALL-three")
    assert (waiting.reason, waiting.successor) == ("needs_customer", "ALL-three-a3")
    assert enqueuer.get("ALL-three-a2").state == states.DECLINED
    await pay_link(payer, str(waiting.link_url), "40.00 EUR", PAN)
    assert (await ended(enqueuer, "ALL-three")).state == states.APPROVED
    wanted = ["ALL-three:accepted", "ALL-three:pending:ALL-three-a2", "ALL-three:pending:ALL-three-a3"]
    assert [name for name, _ in events(stack, "ALL-three")] == [*wanted, "ALL-three:approved"]


async def test_a_renewal_of_an_old_card_asks_for_a_new_one(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """The card of the earlier payment is known to be wrong: its customer types another."""
    enqueuer.charge(order_id="RENEW-1", **CHARGE, payment_instrument=CARD)
    first = await ended(enqueuer, "RENEW-1")
    declines(stack, "RENEW-2", "3006: Invalid card number")
    enqueuer.charge(order_id="RENEW-2", **CHARGE, payment_id=first.payment_id, needs_customer="link")
    waiting = await asked(enqueuer, "RENEW-2")
    await pay_link(payer, str(waiting.link_url), "40.00 EUR", PAN)
    assert (await ended(enqueuer, "RENEW-2")).state == states.APPROVED


async def test_another_backup_is_another_order(enqueuer: Enqueuer) -> None:
    """The same again is the same order; with another card behind it, or none, it is a conflict that says so."""
    enqueuer.charge(order_id="TWO-again", **CHARGE, payment_instrument=CARD, backup=OTHER)
    assert not enqueuer.charge(order_id="TWO-again", **CHARGE, payment_instrument=CARD, backup=OTHER).new
    for differing in ({"backup": FAILING}, {}, {"backup": OTHER, "needs_customer": "link"}):
        with pytest.raises(OrderConflict) as caught:
            enqueuer.charge(order_id="TWO-again", **CHARGE, payment_instrument=CARD, **differing)
        assert caught.value.fields == (("needs_customer",) if "needs_customer" in differing else ("backup",))


async def test_nothing_of_a_card_is_left_behind(stack: Stack, enqueuer: Enqueuer) -> None:
    """Neither the order nor its successors keep anything sealed once they have ended."""
    declines(stack, "TWO-clean", "3001: Insufficient funds")
    fields = {**CHARGE, "payment_instrument": CARD, "backup": OTHER, "needs_customer": "link"}
    enqueuer.charge(order_id="TWO-clean", **fields)
    await ended(enqueuer, "TWO-clean")
    for order_id in ("TWO-clean", "TWO-clean-a2"):
        assert not [name for name in record(stack, order_id).fields if name.endswith("envelope")]


def declines(stack: Stack, order_id: str, error: str, *, advice: str | None = None, then: str = "") -> None:
    """The bank says no to it, and `then` to its backup."""
    rules: list[dict[str, Any]] = [{"fault": "declined", "order_id": order_id, "error": error, "advice": advice}]
    if then:
        rules.append({"fault": "declined", "order_id": f"{order_id}-a2", "error": then})
    stack.admin("faults", rules)


async def asked(enqueuer: Enqueuer, order_id: str) -> Order:
    """The order, once its customer can be sent somewhere."""
    order = await asyncio.to_thread(enqueuer.wait, order_id, 60, or_asked=True)
    assert order.link_url, order
    return order


def payments(stack: Stack, order_id: str) -> list[dict[str, Any]]:
    """What the gateway has of this order and its successors."""
    found: list[dict[str, Any]] = []
    for name in (order_id, f"{order_id}-a2", f"{order_id}-a3"):
        found += stack.admin(f"payments?order_id={name}")
    return found


def approved(stack: Stack, order_id: str) -> list[str]:
    """The ids of those that moved money."""
    return [payment["id"] for payment in payments(stack, order_id) if payment["status"] == "approved"]
