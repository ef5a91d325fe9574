"""The gateway's sandbox behind the product's client, and the simulation's double: one story runs on either.

A story is a coroutine that is given a `Side`. On the sandbox it runs on a real loop over real sockets, on the double
on a simulated process; what it may rely on is what the product relies on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from cardinity_client import (
    Answer,
    CardinityClient,
    CreatePayment,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    Decision,
    LinkAnswer,
    Page,
    Payment,
    PaymentLink,
)
from cardinity_client.models.follow_ups import Listing
from cardinity_client.models.links import DeletePaymentLink
from cardinity_client.models.payments import Card
from cardinity_client.money import Money
from cardinity_client.sandbox.account import wall_clock_ms
from cardinity_client.sandbox.plan import Rule
from cardinity_client.sandbox.serving import Running, running
from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET, SandboxSettings
from cardinity_client.sandbox.wire import Instrument, timestamp
from cardinity_client.sandbox.wire import Payment as Bought
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings
from producers.contract.follow_ups import token_of
from tests.simulation.chance import PRESENT
from tests.simulation.faults import Buggify
from tests.simulation.gateway import GatewayDouble
from tests.simulation.link_pages import LinkingLink
from tests.simulation.orders import PAID, Verdict, payments_of_before
from tests.simulation.processes import Scheduler, new_process
from tests.stack import CARD

T = TypeVar("T")

#: Seconds one charge may take in a story, and how late a late one lands.
DEADLINE_S: Final = 0.3
LATE_MS: Final = 450

#: What the double calls a fault, and the sandbox's rule for the same.
RULES: Final[Mapping[str, Rule]] = {
    "post.lost": Rule(fault="reset_before"),
    "post.charged_then_lost": Rule(fault="charge_then_reset"),
    "post.server_error_before": Rule(fault="http_500_before"),
    "post.server_error_after": Rule(fault="http_500_after"),
    "post.unauthorized": Rule(fault="http_401"),
    "post.rate_limited": Rule(fault="rate_limited_429"),
    "post.late_landing": Rule(fault="late_landing", delay_ms=LATE_MS),
    "post.other_amount": Rule(fault="wrong_amount_in_body"),
    "list.fails": Rule(fault="list_500"),
    "list.lags": Rule(fault="list_lag", delay_ms=100),
    "list.omits_row": Rule(fault="list_missing_row", times=1),
    "later.lost": Rule(fault="reset_before", operation="settlement"),
    "later.taken_then_lost": Rule(fault="charge_then_reset", operation="settlement"),
    "later.server_error_before": Rule(fault="http_500_before", operation="settlement"),
    "later.server_error_after": Rule(fault="http_500_after", operation="settlement"),
    "later.unauthorized": Rule(fault="http_401", operation="settlement"),
    "later.rate_limited": Rule(fault="rate_limited_429", operation="settlement"),
}


#: The same for what follows a payment.
FOLLOWING_RULES: Final = {name: replace(rule, operation="refund") for name, rule in RULES.items()}


class Client(Protocol):
    """What the product uses of the gateway's client, as far as a story needs it."""

    async def ready(self) -> bool: ...
    async def create_payment(self, payment: CreatePayment, *, deadline_s: float | None = None) -> Answer: ...
    async def get_payment(self, payment_id: str) -> Payment: ...
    async def list_payments(self, limit: int = 100) -> Page: ...
    async def create_refund(self, asked: CreateRefund, *, deadline_s: float | None = None) -> Decision[Any]: ...
    async def get_refund(self, payment_id: str, refund_id: str, /) -> Any: ...
    async def list_refunds(self, payment_id: str) -> Listing[Any]: ...
    async def create_settlement(self, asked: CreateSettlement, *, deadline_s: float | None = None) -> Decision[Any]: ...
    async def list_settlements(self, payment_id: str) -> Listing[Any]: ...
    async def create_void(self, asked: CreateVoid, *, deadline_s: float | None = None) -> Decision[Any]: ...
    async def list_voids(self, payment_id: str) -> Listing[Any]: ...
    async def create_payment_link(self, asked: CreatePaymentLink, *, deadline_s: float | None = None) -> LinkAnswer: ...
    async def get_payment_link(self, link_id: str) -> PaymentLink: ...
    async def delete_payment_link(self, asked: DeletePaymentLink) -> LinkAnswer: ...


@dataclass(frozen=True)
class Side:
    """One of the two. `posts` and `approved` count by order, as the gateway's own books have it; `paid` is the id of a
    purchase of 10.00 EUR.
    """

    client: Client
    paid: str
    posts: Callable[[str], int]
    approved: Callable[[str], int]


#: Something that happens at the gateway, and what is seen of it.
Story = Callable[[Side], Awaitable[T]]


def request(order_id: str, amount: str = "10.00", *, settle: bool = True) -> CreatePayment:
    """A charge to the published test card; or a hold."""
    card = Card(
        Secret(str(CARD["pan"])), int(str(CARD["exp_month"])), int(str(CARD["exp_year"])), Secret("123"), "Ona P"
    )
    return CreatePayment(order_id, Money.parse(amount, "EUR"), "LT", None, card, settle=settle)


def refund(payment_id: str, amount: str = "4.00", order_id: str = "ORD-1") -> CreateRefund:
    """A part of that payment, under the token of the order."""
    return CreateRefund(payment_id, Money.parse(amount, "EUR"), token_of(order_id))


def on_sandbox(story: Story[T], *faults: str, pending: bool = False, following: bool = False) -> T:
    """The story over sockets, with these faults in force all the time. With `following` they befall refunds, and there
    is a payment to refund.
    """
    rules = [(FOLLOWING_RULES if following else RULES)[name] for name in faults]
    if pending:
        rules.append(Rule(fault="processing", delay_ms=50, operation="refund" if following else "payment"))

    async def play() -> T:
        async with running(SandboxSettings()) as gateway:
            gateway.account.install(rules)
            if following:
                _pay(gateway)
            settings = ClientSettings(
                gateway.url,
                TEST_CONSUMER_KEY,
                Secret(TEST_CONSUMER_SECRET),
                attempt_deadline_s=DEADLINE_S,
                breaker_failures=1000,
            )
            async with CardinityClient(settings) as client:
                approved = partial(_approved, gateway)
                return await story(Side(client, PAID, gateway.account.book.posts, approved))

    return asyncio.run(play())


def on_double(story: Story[T], *faults: str, pending: bool = False, following: bool = False) -> T:
    """The story on a simulated process. With `following` the payment is one of before, which meets no fault."""
    scheduler = Scheduler(Random(1))
    PRESENT.scheduler = scheduler
    rates = {**dict.fromkeys(faults, 1.0), "account.new": 1.0}
    buggify = Buggify(scheduler.random, rates, Counter(), lambda: False)
    gateway = GatewayDouble(scheduler, buggify)
    process = new_process(scheduler, "worker")

    def verdict(order_id: str) -> Verdict:
        if pending:
            return Verdict.PENDING_APPROVED
        return {"DECLINED": Verdict.DECLINED, "REJECTED": Verdict.REJECTED}.get(order_id, Verdict.APPROVED)

    for payment in payments_of_before():
        gateway.hold(payment)
    link = LinkingLink(process, scheduler, gateway, buggify, verdict, lambda *_: None)
    told: list[T] = []

    async def play() -> None:
        told.append(await story(Side(link, PAID, gateway.counts.posts.__getitem__, gateway.counts.charges.__getitem__)))
        scheduler.stopped = True

    process.start(play())
    scheduler.run(100_000)
    for task in process.tasks:
        if task.done() and (error := task.exception()):
            raise error
    return told[0]


def _pay(gateway: Running) -> None:
    """Landed in the books, under an order_id that no story looks for."""
    before = payments_of_before()[0]
    card = Instrument("Visa", "0000", 2031, 4, "Ona P")
    gateway.account.book.put(
        Bought(
            id=PAID,
            amount=before.amount.text,
            currency=before.amount.currency,
            created=timestamp(wall_clock_ms() - 60_000),
            type="purchase",
            live=False,
            status="approved",
            order_id=before.order_id or "",
            country="LT",
            payment_method="card",
            payment_instrument=card,
        )
    )


def _approved(gateway: Running, order_id: str) -> int:
    return sum(tally.approved for tally in gateway.account.book.tallies() if tally.order_id == order_id)
