"""What the simulation's gateway does is what the sandbox does, as far as the product can see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from cardinity_client import Answer, Approved, Declined, Page, Payment, Pending, Rejected
from cardinity_client.errors import PaymentNotFound, ReadUnavailable
from tests.contract.gateway_double.sides import DEADLINE_S, LATE_MS, Side, on_double, on_sandbox, request
from tests.eventually import eventually_async

PAGE = 5


class Play(Protocol):
    """Runs a story on one of the two."""

    def __call__(
        self, story: Callable[[Side], Any], *faults: str, pending: bool = False, following: bool = False
    ) -> Any: ...


@pytest.fixture(params=[on_sandbox, on_double], ids=["sandbox", "double"])
def play(request: pytest.FixtureRequest) -> Play:
    """Each test runs on both."""
    runner: Play = request.param
    return runner


def test_a_charge_is_booked_listed_and_readable(play: Play) -> None:
    """An approved charge comes back as it was asked for, and list and read by id show the same payment."""

    async def story(side: Side) -> tuple[Answer, Page, Payment]:
        answer = await side.client.create_payment(request("ORD-1"))
        assert isinstance(answer, Approved)
        return answer, await side.client.list_payments(PAGE), await side.client.get_payment(answer.resource.id)

    answer, page, read = play(story)
    payment = answer.resource
    assert (payment.order_id, payment.amount.text, payment.status, payment.last4) == (
        "ORD-1",
        "10.00",
        "approved",
        "1111",
    )
    assert [(row.id, row.status, row.amount, row.last4) for row in page.payments] == [
        (payment.id, "approved", payment.amount, "1111")
    ]
    assert (page.count, page.unparsed, page.ids) == (1, 0, (payment.id,))
    assert (read.id, read.status, read.created_at) == (payment.id, "approved", page.payments[0].created_at)


def test_a_repeated_order_id_is_charged_again(play: Play) -> None:
    """There is no idempotency: two requests are two charges."""

    async def story(side: Side) -> tuple[int, int, set[str]]:
        answers = [await side.client.create_payment(request("ORD-1")) for _ in range(2)]
        ids = {answer.resource.id for answer in answers if isinstance(answer, Approved)}
        return side.posts("ORD-1"), side.approved("ORD-1"), ids

    posts, approved, ids = play(story)
    assert (posts, approved, len(ids)) == (2, 2, 2)


def test_refusals_are_told_apart(play: Play) -> None:
    """A bank's no is a payment and is listed; a wrong request is none."""

    async def story(side: Side) -> tuple[Answer, Answer, list[str]]:
        declined = await side.client.create_payment(request("DECLINED", "600.00"))
        rejected = await side.client.create_payment(request("REJECTED", "0.10"))
        page = await side.client.list_payments(PAGE)
        return declined, rejected, [f"{row.order_id} {row.status}" for row in page.payments]

    declined, rejected, listed = play(story)
    assert isinstance(declined, Declined)
    assert declined.resource.error == "3000: Do Not Honor"
    assert isinstance(rejected, Rejected)
    assert listed == ["DECLINED declined"]


def test_a_pending_payment_ends_by_itself(play: Play) -> None:
    """It is known by its id at once, and takes its final status later."""

    async def story(side: Side) -> tuple[Answer, Payment]:
        answer = await side.client.create_payment(request("ORD-1"))
        assert isinstance(answer, Pending)

        async def final() -> Payment | None:
            payment = await side.client.get_payment(answer.resource.id)
            return payment if payment.status == "approved" else None

        return answer, await until(final)

    answer, payment = play(story, pending=True)
    assert answer.resource.id == payment.id
    assert payment.status == "approved"


@pytest.mark.parametrize(
    ("fault", "kind", "reasons", "charged"),
    [
        ("post.lost", "unknown", {"connection_lost"}, False),
        ("post.charged_then_lost", "unknown", {"connection_lost"}, True),
        ("post.server_error_before", "unknown", {"http_5xx"}, False),
        ("post.server_error_after", "unknown", {"http_5xx"}, True),
        ("post.unauthorized", "account_problem", set(), False),
        ("post.rate_limited", "rate_limited", set(), False),
        ("post.other_amount", "unknown", {"mismatch_amount"}, True),
    ],
)
def test_a_fault_looks_the_same(play: Play, fault: str, kind: str, reasons: set[str], charged: bool) -> None:
    """What the sender hears, whether it was charged, and whether the list shows it."""

    async def story(side: Side) -> tuple[Answer, int, int, int]:
        answer = await side.client.create_payment(request("ORD-1"))
        page = await side.client.list_payments(PAGE)
        return answer, side.posts("ORD-1"), side.approved("ORD-1"), page.count

    answer, posts, approved, listed = play(story, fault)
    assert answer.kind == kind
    assert {getattr(answer, "reason", None)} - {None} == reasons
    assert (posts, approved, listed) == (1, int(charged), int(charged))


def test_a_late_charge_lands_after_its_sender_gave_up(play: Play) -> None:
    """The sender's time is over, the list shows nothing yet, and then it does."""

    async def story(side: Side) -> tuple[Answer, int, int]:
        answer = await side.client.create_payment(request("ORD-1"), deadline_s=DEADLINE_S / 3)
        before = await side.client.list_payments(PAGE)

        async def landed() -> Page | None:
            page = await side.client.list_payments(PAGE)
            return page if page.count else None

        return answer, before.count, (await until(landed)).count

    answer, before, after = play(story, "post.late_landing")
    assert (answer.kind, answer.reason) == ("unknown", "timeout")
    assert (before, after) == (0, 1)


def test_a_page_holds_the_newest_and_no_more(play: Play) -> None:
    """Newest first, at most as many as asked for; what is older cannot be seen."""

    async def story(side: Side) -> list[str | None]:
        for number in range(PAGE + 2):
            answer = await side.client.create_payment(request(f"ORD-{number}"))
            assert isinstance(answer, Approved)
        page = await side.client.list_payments(PAGE)
        assert page.count == PAGE
        return [row.order_id for row in page.payments]

    assert play(story) == [f"ORD-{number}" for number in range(PAGE + 1, 1, -1)]


def test_an_unknown_payment_is_not_found(play: Play) -> None:
    """A read of an id that nobody has raises, and says which way."""

    async def story(side: Side) -> None:
        with pytest.raises(PaymentNotFound):
            await side.client.get_payment("00000000-0000-4000-a000-000000000000")

    play(story)


def test_a_failing_list_raises(play: Play) -> None:
    """A list that answers 500 is a read that failed, for the time being."""

    async def story(side: Side) -> None:
        with pytest.raises(ReadUnavailable):
            await side.client.list_payments(PAGE)

    play(story, "list.fails")


@pytest.mark.parametrize("fault", ["list.lags", "list.omits_row"])
def test_a_row_may_be_missing_for_a_while(play: Play, fault: str) -> None:
    """A charge that is booked may not be in the next page, and is in a later one."""

    async def story(side: Side) -> list[int]:
        await side.client.create_payment(request("ORD-1"))
        counts = [(await side.client.list_payments(PAGE)).count]

        async def shown() -> bool:
            counts.append((await side.client.list_payments(PAGE)).count)
            return counts[-1] == 1

        await until(shown)
        return counts

    counts = play(story, fault)
    assert counts[-1] == 1
    if fault == "list.omits_row":
        assert counts[0] == 0


def test_nothing_stands_in_the_way_of_a_charge(play: Play) -> None:
    """With a gateway that answers, a charge may start."""

    async def story(side: Side) -> bool:
        return await side.client.ready()

    assert play(story) is True


async def until(look: Callable[[], Any]) -> Any:
    """On the double time is its own: it is let pass. On the sandbox it is waited for."""
    if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
        return await eventually_async(look, "the gateway shows it")
    for _ in range(LATE_MS):
        if seen := await look():
            return seen
    raise AssertionError("the double never shows it")
