"""Payment links from the order to the payment: the real gateway's double, its page, the queue, a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import redis

from cardinity_client import Approved, Card, CardinityClient, CreatePayment, Done, UpdatePaymentLink
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.acceptance import Order
from producers.contract import states
from producers.contract.events import decode
from producers.contract.follow_ups import description_with, token_of
from producers.contract.payment_data import PaymentData
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from tests.e2e.shoppers import FormShopper, pay_link
from tests.eventually import eventually
from tests.stack import CARD, Stack
from workers.payments.endings import LINK_UNHEARD

pytestmark = pytest.mark.slow

PAN, DECLINED, THREEDS = "4111111111111111", "5454545454540109", "5454545454545454"
LINK: dict[str, Any] = {"amount": "40.00", "currency": "EUR", "country": "LT", "description": "Invoice 77"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One worker at a gateway; each test has a link of its own."""
    with Stack(tmp_path_factory.mktemp("links")) as running:
        running.worker()
        yield running


@pytest.fixture(scope="module")
def enqueuer(stack: Stack) -> Iterator[Enqueuer]:
    """A service."""
    with stack.enqueuer() as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def begun(stack: Stack, enqueuer: Enqueuer) -> Mapping[str, Order]:
    """Links whose ends take their time, begun before all others; the tests about them come last."""
    faults: list[dict[str, Any]] = [
        {"fault": "http_500_after", "operation": "link", "description": described("LINK-never")}
    ]
    faults.append({**faults[0], "description": described("LINK-anew"), "times": 1})
    stack.admin("faults", faults)
    enqueuer.link(order_id="LINK-never", **LINK)
    # The worker is at work once this one is there, and so the next is there long before it ends.
    cancelled = made(enqueuer, "LINK-cancel")
    orders = {"over": made(enqueuer, "LINK-over", expires_at=in_seconds(6)), "cancel": cancelled}
    assert enqueuer.cancel_link("LINK-cancel").state == states.PENDING
    return orders


async def test_a_link_is_told_and_its_payment_ends_the_order(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """Pending with the address, in the order and in the event; approved once with the payment, without being asked."""
    order = made(enqueuer, "LINK-paid")
    assert (order.state, order.kind, order.final) == (states.PENDING, "link", False)
    await pay(payer, order, PAN)
    paid = await ended(enqueuer, "LINK-paid")
    assert (paid.state, paid.link_url) == (states.APPROVED, order.link_url)
    assert payments(stack, order) == 1
    told = events(stack, "LINK-paid")
    assert [name for name, _ in told] == [f"{token_of('LINK-paid')}:{s}" for s in ("accepted", "pending", "approved")]
    assert (told[1][1].link_url, told[2][1].payment_id) == (order.link_url, paid.payment_id)
    assert alarms(stack, "LINK-paid") == 0


async def test_a_declined_card_leaves_the_link_open(enqueuer: Enqueuer, payer: FormShopper) -> None:
    """The customer tries again with another card, and that is the outcome."""
    order = made(enqueuer, "LINK-again")
    await pay(payer, order, DECLINED)
    await payer.sees("Your bank has declined the payment.")
    await pay(payer, order, PAN)
    assert (await ended(enqueuer, "LINK-again")).state == states.APPROVED


async def test_a_payment_that_the_bank_is_asked_about_ends_the_order_when_it_is_decided(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """While the customer is at the bank the payment is pending, and so is the order."""
    order = made(enqueuer, "LINK-bank")
    await pay(payer, order, THREEDS)
    await asyncio.to_thread(eventually, lambda: sighted(stack, "LINK-bank"), "the payment was seen")
    assert enqueuer.get("LINK-bank").state == states.PENDING
    await payer.is_handed_over("Go to the bank")
    await payer.press("Approve")
    assert (await ended(enqueuer, "LINK-bank")).state == states.APPROVED


async def test_a_link_that_is_paid_twice_is_an_alarm(stack: Stack, enqueuer: Enqueuer) -> None:
    """Two people were at the bank at once: the order is approved once, and the other payment is never hidden."""
    order = made(enqueuer, "LINK-twice")
    async with aiohttp.ClientSession() as session:
        shoppers = [FormShopper(session) for _ in "12"]
        for shopper in shoppers:
            await pay(shopper, order, THREEDS)
            await shopper.is_handed_over("Go to the bank")
        for shopper in shoppers:
            await shopper.press("Approve")
            await shopper.sees("Thank you")
    assert (await ended(enqueuer, "LINK-twice")).state == states.APPROVED
    await asyncio.to_thread(eventually, lambda: alarms(stack, "LINK-twice") == 1, "the alarm is raised")
    assert [name.rpartition(":")[2] for name, _ in events(stack, "LINK-twice")].count("approved") == 1


async def test_a_payment_with_the_token_and_another_amount_is_for_a_human(stack: Stack, enqueuer: Enqueuer) -> None:
    """It is nobody's link of ours that was paid so: parked with the payment in sight, and never called paid."""
    made(enqueuer, "LINK-odd")
    payment_id = await charged(stack, "LINK-odd", Money(4100, "EUR"))
    parked = await asyncio.to_thread(eventually, lambda: in_state(enqueuer, "LINK-odd", states.PARKED), "it is parked")
    assert parked is not None and (parked.reason, parked.payment_id) == ("reference_with_other_content", None)
    assert payment_id in record(stack, "LINK-odd").text("evidence")


async def test_the_token_counts_whatever_order_id_the_payment_has(stack: Stack, enqueuer: Enqueuer) -> None:
    """What the gateway gives a payment on a link for an order_id is not documented."""
    made(enqueuer, "LINK-named")
    payment_id = await charged(stack, "LINK-named", Money(4000, "EUR"))
    paid = await ended(enqueuer, "LINK-named")
    assert (paid.state, paid.payment_id) == (states.APPROVED, payment_id)


async def test_a_charge_that_repeats_a_links_description_does_not_pay_it(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """A payment whose order_id is an order's is that order's, whatever else it carries."""
    order = made(enqueuer, "LINK-copied")
    copied = described("LINK-copied")
    charge = {"order_id": "ORD-copied", "amount": "40.00", "currency": "EUR", "country": "LT", "description": copied}
    enqueuer.charge(**charge, **CARD)
    assert (await ended(enqueuer, "ORD-copied")).state == states.APPROVED
    await asyncio.to_thread(eventually, lambda: sighted(stack, "LINK-copied"), "the charge was seen")
    await pay(payer, order, PAN)
    paid = await ended(enqueuer, "LINK-copied")
    assert (paid.state, paid.payment_id != enqueuer.get("ORD-copied").payment_id) == (states.APPROVED, True)


async def test_a_link_that_is_given_more_time_is_open_again(
    stack: Stack, enqueuer: Enqueuer, payer: FormShopper
) -> None:
    """It was over when it was looked at; before anything was proven somebody has moved its end, and it is paid."""
    order = made(enqueuer, "LINK-more", expires_at=in_seconds(5))
    await asyncio.to_thread(eventually, lambda: record(stack, "LINK-more").number("link_over_at"), "it is seen over")
    later = datetime.now(UTC) + timedelta(days=1)
    async with CardinityClient(stack.settings().client_settings("default")) as client:
        assert isinstance(await client.update_payment_link(UpdatePaymentLink(str(order.link_id), later)), Done)
    await asyncio.to_thread(
        eventually, lambda: not record(stack, "LINK-more").number("link_over_at"), "it is seen open again"
    )
    await pay(payer, order, PAN)
    assert (await ended(enqueuer, "LINK-more")).state == states.APPROVED


async def test_a_link_that_was_paid_before_it_was_cancelled_is_approved(enqueuer: Enqueuer, payer: FormShopper) -> None:
    """Whoever cancels is too late for a payment that was made."""
    order = made(enqueuer, "LINK-late")
    await pay(payer, order, PAN)
    enqueuer.cancel_link("LINK-late")
    assert (await ended(enqueuer, "LINK-late")).state == states.APPROVED


async def test_a_link_whose_answer_was_lost_is_made_anew(stack: Stack, enqueuer: Enqueuer, payer: FormShopper) -> None:
    """Nobody was told of the first; the second is paid, each by an intent of its own."""
    order = made(enqueuer, "LINK-anew")
    history = record(stack, "LINK-anew").history
    assert [line.detail for line in history if line.state == states.ACCEPTED] == ["-", LINK_UNHEARD]
    assert len([line for line in history if line.state == states.SENDING]) == 2
    await pay(payer, order, PAN)
    assert (await ended(enqueuer, "LINK-anew")).state == states.APPROVED


async def test_a_link_that_is_never_heard_of_ends_proven(stack: Stack, enqueuer: Enqueuer) -> None:
    """The claims are bounded; then it is unknown, and nobody has paid at an address that nobody knows."""
    over = await ended(enqueuer, "LINK-never")
    assert (over.state, over.reason, over.link_url) == (states.NOT_CHARGED, "proven_absent", None)
    intents = [line for line in record(stack, "LINK-never").history if line.state == states.SENDING]
    assert len(intents) == stack.settings().claims_max


async def test_a_cancelled_link_is_deleted_and_ends_by_proof_alone(
    stack: Stack, enqueuer: Enqueuer, begun: Mapping[str, Order]
) -> None:
    """Nobody can pay it any more; that nobody has is proven first."""
    order, over = begun["cancel"], await ended(enqueuer, "LINK-cancel")
    assert (over.state, over.reason) == (states.NOT_CHARGED, "link_unpaid")
    assert [row["link"]["deleted"] for row in stack.admin("links") if row["link"]["id"] == order.link_id] == [True]
    assert enqueuer.cancel_link("LINK-cancel") == over


async def test_a_link_that_nobody_paid_is_proven_unpaid(
    stack: Stack, enqueuer: Enqueuer, begun: Mapping[str, Order]
) -> None:
    """Its end has passed, and H and reads of the list after it show nothing."""
    order, over = begun["over"], await ended(enqueuer, "LINK-over")
    assert (over.state, over.reason) == (states.NOT_CHARGED, "link_unpaid")
    row = record(stack, "LINK-over")
    assert order.link_ends_at_ms is not None
    assert row.number("link_over_at") >= order.link_ends_at_ms
    assert row.number("since") >= row.number("link_over_at") + 3000
    assert f'"over_at_ms":{row.number("link_over_at")}' in row.text("proof")


def described(order_id: str) -> str:
    """What the gateway is told of the order."""
    return description_with(token_of(order_id), str(LINK["description"]))


def made(enqueuer: Enqueuer, order_id: str, **more: Any) -> Order:
    """The order, once its link is there."""
    enqueuer.link(order_id=order_id, **LINK, **more)
    order = enqueuer.wait(order_id, 60, or_asked=True)
    assert order.link_url, order
    return order


def in_seconds(seconds: int) -> str:
    """As a caller writes it."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def pay(shopper: FormShopper, order: Order, pan: str) -> None:
    """As somebody does who got the address."""
    await pay_link(shopper, str(order.link_url), "40.00 EUR", pan)


async def charged(stack: Stack, order_id: str, amount: Money) -> str:
    """The id of an approved payment that carries the link's token, and an order_id of somebody else."""
    description = described(order_id)
    card = Card(Secret(PAN), 4, 2031, Secret("123"), "Ona Petraityte")
    payment = CreatePayment(f"FOREIGN-{order_id}", amount, country="LT", description=description, instrument=card)
    async with CardinityClient(stack.settings().client_settings("default")) as client:
        answer = await client.create_payment(payment)
    assert isinstance(answer, Approved), answer
    return answer.resource.id


def in_state(enqueuer: Enqueuer, order_id: str, state: str) -> Order | None:
    """The order, if it is so far."""
    order = enqueuer.get(order_id)
    return order if order.state == state else None


async def ended(enqueuer: Enqueuer, order_id: str) -> Order:
    """The order with its outcome."""
    return await asyncio.to_thread(enqueuer.wait, order_id, 80)


def payments(stack: Stack, order: Order) -> int:
    """How often the gateway says that the link was paid."""
    (count,) = (row["payments"] for row in stack.admin("links") if row["link"]["id"] == order.link_id)
    return int(count)


def sighted(stack: Stack, order_id: str) -> bool:
    """Whether the mirror keeps a payment for it."""
    with ledger(stack) as client:
        return bool(client.exists(keys.seen(order_id)))


def record(stack: Stack, order_id: str) -> Record:
    """The order's row."""
    with ledger(stack) as client:
        return record_from(order_id, client.hgetall(keys.order(order_id)))


def events(stack: Stack, order_id: str) -> list[tuple[str, PaymentData]]:
    """What its owner was told: id and data."""
    with ledger(stack) as client:
        entries: Any = client.xrange(keys.EVENTS)
    told = (decode(fields[b"event"]) for _, fields in entries)
    data = [(event.id, event.data) for event in told if event.subject == order_id]
    return [(name, each) for name, each in data if isinstance(each, PaymentData)]


def alarms(stack: Stack, order_id: str) -> int:
    """Approved payments that contradict how it ended."""
    with ledger(stack) as client:
        entries: Any = client.xrange(keys.ALARMS)
    return sum(fields[b"order_id"] == order_id.encode() for _, fields in entries)


def ledger(stack: Stack) -> redis.Redis:
    """Its database."""
    return redis.Redis.from_url(stack.valkey.url(1), protocol=2)
