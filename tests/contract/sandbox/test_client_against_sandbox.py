"""Every operation of our client against our sandbox: the two were written apart, from the same reference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from cardinity_client import (
    Approved,
    AuthorizeData,
    CardinityClient,
    ChallengeResult,
    ClientSettings,
    CreatePayment,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    Declined,
    DeletePaymentLink,
    Done,
    FieldFault,
    FinalizePayment,
    Money,
    ObjectNotFound,
    Payment,
    PaymentReference,
    Pending,
    Rejected,
    Secret,
    ThreedsRequest,
    UpdatePaymentLink,
)
from cardinity_client.declines import Remedy, decline_of
from cardinity_client.notifications import WebhookHint, read_notification, read_webhook
from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.notices.messages import form_notice, json_notice
from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from cardinity_client.sandbox.wire import Instrument
from cardinity_client.sandbox.wire import Payment as TheirPayment
from tests.unit.client.builders import CARD
from tests.unit.client.test_wire_objects import BROWSER
from tests.unit.client.writes import OTHER_ID

THREEDS = ThreedsRequest("https://shop.example/3ds", BROWSER)
#: Cards of the gateway's test mode, by what they do.
CHALLENGED, FAILING, ADVISED, REFUSED = (
    "5454545454545454",
    "4200000000000000",
    "5454545454540018",
    "5454545454540109",
)


@pytest.fixture
async def ours() -> AsyncIterator[CardinityClient]:
    async with running(SandboxSettings(seeded_chargeback=True)) as sandbox:
        settings = ClientSettings(sandbox.url, TEST_CONSUMER_KEY, Secret(TEST_CONSUMER_SECRET))
        async with CardinityClient(settings) as client:
            yield client


def charge(order_id: str = "ORD-1", amount: str = "50.00", *, pan: str = "", **changes: Any) -> CreatePayment:
    card = replace(CARD, pan=Secret(pan)) if pan else CARD
    asked = CreatePayment(order_id, Money.parse(amount, "EUR"), "LT", None, card)
    return replace(asked, **changes)


async def paid(ours: CardinityClient, **changes: Any) -> Payment:
    answer = await ours.create_payment(charge(**changes))
    assert isinstance(answer, Approved)
    return answer.resource


async def pending(ours: CardinityClient, **changes: Any) -> Payment:
    answer = await ours.create_payment(charge(**changes))
    assert isinstance(answer, Pending)
    assert await ours.get_payment(answer.resource.id) == answer.resource
    return answer.resource


async def test_a_payment_is_charged_again_by_its_id(ours: CardinityClient) -> None:
    """A recurring charge needs no card, and is declined like any other."""
    first = await paid(ours)
    assert (await paid(ours, order_id="ORD-2", instrument=PaymentReference(first.id))).last4 == "1111"
    again = charge("ORD-3", "160.00", instrument=PaymentReference(first.id))
    assert isinstance(await ours.create_payment(again), Declined)


async def test_refunds_are_made_found_again_and_bounded(ours: CardinityClient) -> None:
    """Two partial refunds fit, a declined one does not block, what is more than was paid is rejected."""
    payment = await paid(ours)
    made = [await ours.create_refund(CreateRefund(payment.id, Money(2000, "EUR"), f"token {n}")) for n in "ab"]
    declined = await ours.create_refund(CreateRefund(payment.id, Money(500, "EUR"), "fail"))
    over = await ours.create_refund(CreateRefund(payment.id, Money(1001, "EUR"), "token c"))
    assert [type(answer) for answer in (*made, declined, over)] == [Approved, Approved, Declined, Rejected]
    listing = await ours.list_refunds(payment.id)
    assert {refund.description for refund in listing.items} == {"token a", "token b", "fail"}
    assert listing.unparsed == 0
    assert await ours.get_refund(payment.id, listing.items[0].id) == listing.items[0]


async def test_a_hold_is_settled_in_part_and_then_not_let_go(ours: CardinityClient) -> None:
    """A settlement of less is a settlement; a void after it is rejected."""
    hold = await paid(ours, settle=False)
    assert hold.type == "authorization"
    settled = await ours.create_settlement(CreateSettlement(hold.id, Money(999, "EUR"), "token"))
    assert isinstance(settled, Approved)
    assert (await ours.list_settlements(hold.id)).items == (settled.resource,)
    assert await ours.get_settlement(hold.id, settled.resource.id) == settled.resource
    assert isinstance(await ours.create_void(CreateVoid(hold.id)), Rejected)


async def test_a_hold_is_let_go(ours: CardinityClient) -> None:
    """With words or without."""
    for number, words in enumerate(("token", None)):
        hold = await paid(ours, order_id=f"ORD-{number}", settle=False)
        void = await ours.create_void(CreateVoid(hold.id, words))
        assert isinstance(void, Approved)
        assert (await ours.list_voids(hold.id)).items == (void.resource,)
        assert await ours.get_void(hold.id, void.resource.id) == void.resource


async def test_a_card_is_checked_with_nothing(ours: CardinityClient) -> None:
    """An authorisation of zero."""
    checked = await paid(ours, amount="0.00", pan="5555555555554444", settle=False)
    assert (checked.amount.minor, checked.type) == (0, "authorization")


@pytest.mark.parametrize(("pan", "cres", "end"), [(CHALLENGED, "", Approved), (FAILING, "3ds2-fail", Declined)])
async def test_the_customer_is_asked_by_version_2(ours: CardinityClient, pan: str, cres: str, end: type[Any]) -> None:
    """The step is in the payment, its result decides, and a failure needs the customer."""
    payment = await pending(ours, pan=pan, threeds=THREEDS)
    assert payment.threeds_v2 is not None and payment.threeds_v1 is None
    result = ChallengeResult(Secret(cres or payment.threeds_v2.creq))
    answer = await ours.finalize_payment(FinalizePayment(payment.id, "ORD-1", payment.amount, result))
    assert type(answer) is end
    if isinstance(answer, Declined):
        assert decline_of(answer.resource).remedy is Remedy.NEEDS_CUSTOMER


@pytest.mark.parametrize(("pares", "end"), [("3d-pass", Approved), ("3d-fail", Declined)])
async def test_version_1_follows_a_version_2_that_failed(ours: CardinityClient, pares: str, end: type[Any]) -> None:
    """Pending again with both steps: version 1 is due, and decides."""
    payment = await pending(ours, pan=CHALLENGED, threeds=THREEDS)
    second = FinalizePayment(payment.id, "ORD-1", payment.amount, ChallengeResult(Secret("3d-pass")))
    fallen = await ours.finalize_payment(second)
    assert isinstance(fallen, Pending)
    assert fallen.resource.threeds_v1 is not None and fallen.resource.threeds_v2 is not None
    first = replace(second, result=AuthorizeData(Secret(pares)))
    assert type(await ours.finalize_payment(first)) is end
    assert isinstance(await ours.finalize_payment(first), Rejected)  # decided once


@pytest.mark.parametrize(
    ("pan", "amount", "remedy"),
    [
        (ADVISED, "150.23", Remedy.NEVER_AGAIN),
        (REFUSED, "50.00", Remedy.NEEDS_CUSTOMER),
        ("", "160.00", Remedy.SOFT_WAIT),
    ],
)
async def test_declines_say_what_could_help(ours: CardinityClient, pan: str, amount: str, remedy: Remedy) -> None:
    """The scheme's advice, the reason of 3-D Secure, the bank's own code."""
    answer = await ours.create_payment(charge(amount=amount, pan=pan))
    assert isinstance(answer, Declined)
    decline = decline_of(answer.resource)
    assert (decline.remedy, decline.unknown) == (remedy, ())


async def test_a_link_is_made_moved_switched_and_ended(ours: CardinityClient) -> None:
    """Each step says how the link is now, and a read says the same."""
    ends_at = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=678_000)
    made = await ours.create_payment_link(CreatePaymentLink(Money(4000, "EUR"), "Invoice 77", "LT", ends_at))
    assert isinstance(made, Done)
    assert made.resource.expires_at == ends_at
    link_id = made.resource.id
    assert await ours.get_payment_link(link_id) == made.resource
    moved = await ours.update_payment_link(UpdatePaymentLink(link_id, ends_at + timedelta(days=1), enabled=False))
    assert isinstance(moved, Done)
    assert moved.resource == replace(made.resource, expires_at=ends_at + timedelta(days=1), enabled=False)
    ended = await ours.delete_payment_link(DeletePaymentLink(link_id))
    assert isinstance(ended, Done)
    assert ended.resource.deleted


async def test_a_link_may_live_without_words_of_ours(ours: CardinityClient) -> None:
    """Without an end the gateway tells one of its own."""
    made = await ours.create_payment_link(CreatePaymentLink(Money(50, "EUR"), "x", multiple_use=True))
    assert isinstance(made, Done)
    assert made.resource.expires_at is not None and made.resource.multiple_use


async def test_disputes_are_read(ours: CardinityClient) -> None:
    """The account has one chargeback, in its own list and in its payment's."""
    (found,) = (await ours.list_chargebacks(10)).items
    assert (await ours.list_payment_chargebacks(found.payment_id)).items == (found,)
    assert await ours.get_chargeback(found.payment_id, found.id) == found


async def test_what_is_not_there_is_said_to_be(ours: CardinityClient) -> None:
    """Of a payment that nobody made: writes are rejected with 404, reads raise."""
    refund = await ours.create_refund(CreateRefund(OTHER_ID, Money(500, "EUR")))
    assert isinstance(refund, Rejected) and refund.status == 404
    for asking in (ours.list_refunds(OTHER_ID), ours.get_rdr(OTHER_ID, OTHER_ID), ours.get_payment_link(OTHER_ID)):
        with pytest.raises(ObjectNotFound):
            await asking


@pytest.mark.parametrize("status", ["approved", "declined"])
def test_what_the_sandbox_tells_unasked_is_read(status: Literal["approved", "declined"]) -> None:
    """The form of its hosted page and its JSON event are signed as we read them."""
    settings = SandboxSettings()
    error = "3000: Do Not Honor" if status == "declined" else None
    told = TheirPayment(
        id=OTHER_ID,
        amount="25.50",
        currency="EUR",
        created="2026-01-15T10:00:00.123Z",
        type="purchase",
        live=False,
        status=status,
        error=error,
        order_id="ORD-1001",
        description="Blue kettle",
        country="LT",
        payment_method="card",
        payment_instrument=Instrument(card_brand="Visa", pan="1111", exp_year=2031, exp_month=4, holder="Ona"),
    )
    form, event = form_notice(told, settings), json_notice(told, settings)
    hint = read_notification(form.body, project_id=settings.project_id, secrets=[Secret(settings.project_secret)])
    assert (hint.payment_id, hint.status, hint.error, hint.live) == (OTHER_ID, status, error, False)
    assert hint.amount == Money(2550, "EUR")
    assert event is not None
    read = read_webhook(event.body, event.signature, secrets=[Secret(settings.webhook_secret)])
    assert read == WebhookHint("payment.approved" if status == "approved" else "payment.declined", OTHER_ID, OTHER_ID)


async def test_a_rejection_names_its_fields(ours: CardinityClient) -> None:
    """As the gateway names them."""
    answer = await ours.create_payment(charge(order_id="x"))
    assert isinstance(answer, Rejected)
    assert [fault.field for fault in answer.errors] == ["order_id"]
    assert isinstance(answer.errors[0], FieldFault)
