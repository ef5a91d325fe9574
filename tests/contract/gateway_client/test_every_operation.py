"""Our client against the sandbox: every operation, and what each fault makes of it. The two share no code but money."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from cardinity_client import CardinityClient
from cardinity_client.answers import Approved, Declined, Done, Pending, Rejected, Unknown
from cardinity_client.errors import ObjectNotFound
from cardinity_client.models import (
    AuthorizeData,
    BrowserInfo,
    Card,
    ChallengeResult,
    CreatePayment,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    DeletePaymentLink,
    FinalizePayment,
    Payment,
    PaymentReference,
    ThreedsRequest,
    UpdatePaymentLink,
)
from cardinity_client.money import Money
from cardinity_client.notifications import (
    HostedPage,
    PaymentHint,
    WebhookHint,
    hosted_page_form,
    read_notification,
    read_webhook,
)
from cardinity_client.sandbox import Rule, Running, SandboxSettings, running
from cardinity_client.sandbox.plan import POST_FAULTS
from cardinity_client.sandbox.settings import (
    TEST_CONSUMER_KEY,
    TEST_CONSUMER_SECRET,
    TEST_PROJECT_ID,
    TEST_PROJECT_SECRET,
    TEST_WEBHOOK_SECRET,
)
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings
from tests.contract.sandbox.caller import Caller
from tests.eventually import eventually_async

TEN, FOUR = Money.parse("10.00", "EUR"), Money.parse("4.00", "EUR")
BROWSER = BrowserInfo("text/html", "en-US", 1440, 900, "full-screen", "Mozilla/5.0", 24, -120)
THREEDS = ThreedsRequest("https://shop.example/3ds", BROWSER)
NIL = "00000000-0000-4000-a000-000000000000"


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    """The gateway, without faults at first."""
    async with running(SandboxSettings(seeded_chargeback=True)) as served:
        yield served


@pytest.fixture
async def client(sandbox: Running) -> AsyncIterator[CardinityClient]:
    """Ours, with little patience and no breaker."""
    settings = ClientSettings(
        sandbox.url, TEST_CONSUMER_KEY, Secret(TEST_CONSUMER_SECRET), attempt_deadline_s=1.0, breaker_failures=1000
    )
    async with CardinityClient(settings) as made:
        yield made


async def test_a_hold_is_settled_and_refunded(client: CardinityClient) -> None:
    """Each step is approved, found alone and in its list, and names its payment."""
    hold = await _paid(client, settle=False)
    settled = await client.create_settlement(CreateSettlement(hold.id, TEN, "S-1"))
    refunded = await client.create_refund(CreateRefund(hold.id, FOUR, "R-1"))
    assert isinstance(settled, Approved) and isinstance(refunded, Approved)
    assert await client.get_settlement(hold.id, settled.resource.id) == settled.resource
    assert (await client.list_settlements(hold.id)).items == (settled.resource,)
    assert await client.get_refund(hold.id, refunded.resource.id) == refunded.resource
    assert (await client.list_refunds(hold.id)).items == (refunded.resource,)


async def test_a_hold_is_let_go(client: CardinityClient) -> None:
    """A void is approved once; a second is refused as wrong."""
    hold = await _paid(client, settle=False)
    voided = await client.create_void(CreateVoid(hold.id, "V-1"))
    assert isinstance(voided, Approved)
    assert (await client.list_voids(hold.id)).items == (voided.resource,)
    assert isinstance(await client.create_void(CreateVoid(hold.id, "V-2")), Rejected)


async def test_what_is_too_much_is_refused(client: CardinityClient) -> None:
    """A refund of more than was paid is rejected at its amount, and `fail` is declined."""
    payment = await _paid(client)
    answer = await client.create_refund(CreateRefund(payment.id, Money.parse("10.01", "EUR"), "R-1"))
    assert isinstance(answer, Rejected)
    assert [fault.field for fault in answer.errors] == ["amount"]
    assert isinstance(await client.create_refund(CreateRefund(payment.id, FOUR, "fail")), Declined)


@pytest.mark.parametrize(("cres", "kind"), [("3ds2-pass", Approved), ("3ds2-fail", Declined)])
async def test_a_challenge_is_finalized(client: CardinityClient, cres: str, kind: type[object]) -> None:
    """Pending with where to go, then what the bank said."""
    pending = await client.create_payment(_charge(pan="5454545454545454", threeds=THREEDS))
    assert isinstance(pending, Pending) and pending.resource.threeds_v2 is not None
    assert pending.resource.threeds_v2.creq == "3ds2-pass"
    result = FinalizePayment(pending.resource.id, "ORD-1", TEN, ChallengeResult(Secret(cres)))
    assert isinstance(await client.finalize_payment(result), kind)


async def test_a_challenge_falls_back(client: CardinityClient) -> None:
    """Still pending with both versions, and version 1 ends it."""
    pending = await client.create_payment(_charge(pan="5454545454545454", threeds=THREEDS))
    assert isinstance(pending, Pending)
    payment_id = pending.resource.id
    fallen = await client.finalize_payment(
        FinalizePayment(payment_id, "ORD-1", TEN, ChallengeResult(Secret("3d-pass")))
    )
    assert isinstance(fallen, Pending)
    assert fallen.resource.threeds_v1 is not None and fallen.resource.threeds_v2 is not None
    ended = await client.finalize_payment(FinalizePayment(payment_id, "ORD-1", TEN, AuthorizeData(Secret("3d-pass"))))
    assert isinstance(ended, Approved)


async def test_a_card_is_charged_again(client: CardinityClient) -> None:
    """By the id of its payment, without a number."""
    parent = await _paid(client)
    again = await client.create_payment(_charge(order_id="ORD-2", instrument=PaymentReference(parent.id)))
    assert isinstance(again, Approved)


async def test_a_card_is_checked(client: CardinityClient) -> None:
    """Zero, without settling."""
    check = _charge(pan="5555555555554444", amount=Money(0, "EUR"), settle=False)
    assert isinstance(await client.create_payment(check), Approved)


async def test_a_link_lives(client: CardinityClient) -> None:
    """Made, found, changed and deleted."""
    expires = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=123_000)
    made = await client.create_payment_link(CreatePaymentLink(TEN, "Invoice 77", "LT", expires, True))
    assert isinstance(made, Done) and made.resource.expires_at == expires
    link_id = made.resource.id
    assert await client.get_payment_link(link_id) == made.resource
    assert isinstance(await client.update_payment_link(UpdatePaymentLink(link_id, enabled=False)), Done)
    assert isinstance(await client.delete_payment_link(DeletePaymentLink(link_id)), Done)


async def test_disputes_are_found(client: CardinityClient, sandbox: Running) -> None:
    """The account's chargebacks, those of a payment, and RDR records."""
    (chargeback,) = (await client.list_chargebacks()).items
    assert (await client.list_payment_chargebacks(chargeback.payment_id)).items == (chargeback,)
    assert await client.get_chargeback(chargeback.payment_id, chargeback.id) == chargeback
    payment = await _paid(client)
    async with aiohttp.ClientSession() as session:
        body = json.dumps({"payment_id": payment.id, "type": "rdr", "status": "initiated", "reason_code": "13.1"})
        await Caller(sandbox, session).admin("/disputes", body.encode())
    (rdr,) = (await client.list_rdrs(payment.id)).items
    assert await client.get_rdr(payment.id, rdr.id) == rdr
    assert (rdr.status, rdr.reason) == ("initiated", "13.1")


async def test_what_nobody_has_is_not_found(client: CardinityClient) -> None:
    """For reads of every kind."""
    reads: list[tuple[Callable[..., Awaitable[Any]], tuple[str, ...]]] = [
        (client.get_payment, (NIL,)),
        (client.get_refund, (NIL, NIL)),
        (client.list_settlements, (NIL,)),
        (client.get_chargeback, (NIL, NIL)),
        (client.get_payment_link, (NIL,)),
    ]
    for read, ids in reads:
        with pytest.raises(ObjectNotFound):
            await read(*ids)


@pytest.mark.parametrize("fault", sorted(POST_FAULTS - {"gzip_bomb", "deep_json"}))
async def test_a_lost_refund_is_found_by_its_token(client: CardinityClient, sandbox: Running, fault: Any) -> None:
    """Whatever a fault makes of the answer, what the client believes is never more than what is in the book."""
    payment = await _paid(client)
    sandbox.account.install([Rule(fault, operation="refund", delay_ms=300)])
    answer = await client.create_refund(CreateRefund(payment.id, FOUR, "token-1"), deadline_s=0.5)
    found = [refund for refund in (await client.list_refunds(payment.id)).items if refund.description == "token-1"]
    assert len(found) <= 1
    if isinstance(answer, Approved):
        assert found == [answer.resource]
    elif not isinstance(answer, Unknown | Pending):
        assert found == []


@pytest.mark.parametrize("fault", ["wrong_order_in_body", "wrong_amount_in_body", "wrong_currency_in_body"])
@pytest.mark.parametrize("operation", ["refund", "settlement"])
async def test_somebody_elses_answer_is_not_believed(
    client: CardinityClient, sandbox: Running, operation: Any, fault: Any
) -> None:
    """It is unknown, with an alarm."""
    payment = await _paid(client, settle=operation == "refund")
    sandbox.account.install([Rule(fault, operation=operation)])
    if operation == "refund":
        answer: Any = await client.create_refund(CreateRefund(payment.id, FOUR, "token-1"))
    else:
        answer = await client.create_settlement(CreateSettlement(payment.id, FOUR, "token-1"))
    assert isinstance(answer, Unknown)
    assert answer.alarm


async def test_the_hosted_page_takes_our_form(sandbox: Running) -> None:
    """The form leads to a page, and what comes back is a hint that the client reads."""
    hints: list[PaymentHint] = []

    async def take(request: web.Request) -> web.Response:
        hints.append(
            read_notification(await request.read(), project_id=TEST_PROJECT_ID, secrets=[Secret(TEST_PROJECT_SECRET)])
        )
        return web.Response()

    async with _shop(take) as origin, aiohttp.ClientSession() as session:
        page = HostedPage(TEN, "LT", "ORD-1", "Blue kettle", f"{origin}/hook", notification_url=f"{origin}/hook")
        form = hosted_page_form(
            page,
            project_id=TEST_PROJECT_ID,
            secret=Secret(TEST_PROJECT_SECRET),
            action=f"{sandbox.origin}/checkout",
        )
        async with session.post(form.action, data=form.fields) as answer:
            assert answer.status == 200
            visit = str(answer.url)
        card = {"pan": "4111111111111111", "expiry": "04/31", "cvc": "123", "holder": "Ona"}
        async with session.post(visit, data=card) as answer:
            assert answer.status == 200

        async def told() -> bool:
            return bool(hints)

        await eventually_async(told, "the notification has arrived")
    assert (hints[0].order_id, hints[0].status, hints[0].amount, hints[0].live) == ("ORD-1", "approved", TEN, False)


async def test_webhooks_are_read(client: CardinityClient, sandbox: Running) -> None:
    """Every event of the sandbox is one that the client knows."""
    hints: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        signature = request.headers.get("X-Cardinity-Signature")
        hints.append(read_webhook(await request.read(), signature, secrets=[Secret(TEST_WEBHOOK_SECRET)]))
        return web.Response()

    payment = await _paid(client)
    refund = await client.create_refund(CreateRefund(payment.id, FOUR, "R-1"))
    assert isinstance(refund, Approved)
    async with _shop(take) as origin, aiohttp.ClientSession() as session:
        order = {"url": f"{origin}/hook", "ids": [payment.id, refund.resource.id]}
        await Caller(sandbox, session).admin("/notifications", json.dumps(order).encode())
    assert hints == [
        WebhookHint("payment.approved", payment.id, payment.id),
        WebhookHint("refund.approved", refund.resource.id, payment.id),
    ]


@asynccontextmanager
async def _shop(take: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """The origin of a server with one door."""
    app = web.Application()
    app.add_routes([web.post("/hook", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def _charge(pan: str = "4111111111111111", **changes: Any) -> CreatePayment:
    card = Card(Secret(pan), 4, 2031, Secret("123"), "Ona P")
    given: dict[str, Any] = {"order_id": "ORD-1", "amount": TEN, "country": "LT", "description": None}
    return CreatePayment(**{**given, "instrument": card, **changes})


async def _paid(client: CardinityClient, **changes: Any) -> Payment:
    answer = await client.create_payment(_charge(**changes))
    assert isinstance(answer, Approved)
    return answer.resource
