"""What follows a payment looks the same at the simulation's gateway and at the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cardinity_client import Approved, Pending
from cardinity_client.errors import PaymentNotFound, ReadUnavailable
from cardinity_client.models.follow_ups import Listing, Refund
from producers.contract.follow_ups import token_of
from tests.contract.gateway_double.sides import Side, on_double, on_sandbox, refund
from tests.contract.gateway_double.test_gateway_double import Play, until

NOBODY = "00000000-0000-4000-a000-000000000000"


@pytest.fixture(params=[on_sandbox, on_double], ids=["sandbox", "double"])
def play(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Each test runs on both."""
    runner: Play = request.param
    return lambda story, *faults, pending=False: runner(story, *faults, pending=pending, following=True)


def test_a_refund_is_listed_and_readable_under_its_payment(play: Play) -> None:
    """Answer, list and read by id show the same, and its token stands in it."""

    async def story(side: Side) -> tuple[Any, Listing[Refund], Refund]:
        answer = await side.client.create_refund(refund(side.paid))
        assert isinstance(answer, Approved)
        listing = await side.client.list_refunds(side.paid)
        return answer.resource, listing, await side.client.get_refund(side.paid, answer.resource.id)

    told, listing, read = play(story)
    assert (told.amount.text, told.status, told.description) == ("4.00", "approved", token_of("ORD-1"))
    assert (listing.count, listing.unparsed, [row.id for row in listing.items]) == (1, 0, [told.id])
    assert (read, read.payment_id) == (listing.items[0], told.payment_id)


def test_a_repeated_token_is_refunded_again(play: Play) -> None:
    """There is no idempotency here either; the newest stands first."""

    async def story(side: Side) -> tuple[list[str], list[str]]:
        answers = [await side.client.create_refund(refund(side.paid)) for _ in range(2)]
        listing = await side.client.list_refunds(side.paid)
        return [each.resource.id for each in answers if isinstance(each, Approved)], [row.id for row in listing.items]

    made, listed = play(story)
    assert (len(set(made)), listed) == (2, made[::-1])


def test_a_refund_in_processing_ends_by_itself(play: Play) -> None:
    """It is known by its id at once, and takes its final status later."""

    async def story(side: Side) -> tuple[str, Refund]:
        answer = await side.client.create_refund(refund(side.paid))
        assert isinstance(answer, Pending)

        async def final() -> Refund | None:
            made = await side.client.get_refund(side.paid, answer.resource.id)
            return made if made.status == "approved" else None

        return answer.resource.id, await until(final)

    made_id, made = play(story, pending=True)
    assert (made.id, made.status) == (made_id, "approved")


@pytest.mark.parametrize(
    ("fault", "kind", "made"),
    [
        ("post.lost", "unknown", 0),
        ("post.charged_then_lost", "unknown", 1),
        ("post.server_error_before", "unknown", 0),
        ("post.server_error_after", "unknown", 1),
        ("post.unauthorized", "account_problem", 0),
        ("post.rate_limited", "rate_limited", 0),
        ("post.other_amount", "unknown", 1),
    ],
)
def test_a_fault_looks_the_same(play: Play, fault: str, kind: str, made: int) -> None:
    """What the sender hears, and whether the list shows it."""

    async def story(side: Side) -> tuple[str, int]:
        answer = await side.client.create_refund(refund(side.paid))
        return answer.kind, (await side.client.list_refunds(side.paid)).count

    assert play(story, fault) == (kind, made)


@pytest.mark.parametrize("fault", ["list.lags", "list.omits_row"])
def test_a_row_may_be_missing_for_a_while(play: Play, fault: str) -> None:
    """A refund that is booked may not be in the next list, and is in a later one."""

    async def story(side: Side) -> int:
        await side.client.create_refund(refund(side.paid))

        async def shown() -> Listing[Refund] | None:
            listing = await side.client.list_refunds(side.paid)
            return listing if listing.count else None

        return int((await until(shown)).count)

    assert play(story, fault) == 1


def test_a_failing_list_raises(play: Play) -> None:
    """It failed for the time being."""

    async def story(side: Side) -> None:
        with pytest.raises(ReadUnavailable):
            await side.client.list_refunds(side.paid)

    play(story, "list.fails")


def test_nothing_follows_a_payment_that_is_not_there(play: Play) -> None:
    """It is the payment that is not found."""

    async def story(side: Side) -> None:
        with pytest.raises(PaymentNotFound):
            await side.client.list_refunds(NOBODY)

    play(story)
