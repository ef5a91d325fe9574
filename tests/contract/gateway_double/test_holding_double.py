"""Holds and payment links are the same at the simulation's gateway and at the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cardinity_client import Approved, CreatePaymentLink, CreateSettlement, CreateVoid, Done
from cardinity_client.errors import ObjectNotFound
from cardinity_client.models.links import DeletePaymentLink
from cardinity_client.money import Money
from producers.contract.follow_ups import token_of
from tests.contract.gateway_double.sides import Side, on_double, on_sandbox, request
from tests.contract.gateway_double.test_gateway_double import Play

NOBODY = "00000000-0000-4000-a000-000000000000"
TEN = Money.parse("10.00", "EUR")
#: What is asked for of a hold, one after the other, and what the answers are.
COURSES = {
    "settled twice": ("settlement settlement", ["approved", "rejected"], (1, 0)),
    "voided twice": ("void void", ["approved", "rejected"], (0, 1)),
    "settled, then voided": ("settlement void", ["approved", "rejected"], (1, 0)),
    "voided, then settled": ("void settlement", ["approved", "rejected"], (0, 1)),
}


@pytest.fixture(params=[on_sandbox, on_double], ids=["sandbox", "double"])
def play(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Each test runs on both."""
    runner: Callable[..., Any] = request.param
    return runner


async def ask(side: Side, what: str, payment_id: str) -> str:
    """For a settlement in full, or for a void; the kind of the answer."""
    token = token_of("ORD-1")
    if what == "void":
        return (await side.client.create_void(CreateVoid(payment_id, token))).kind
    return (await side.client.create_settlement(CreateSettlement(payment_id, TEN, token))).kind


async def hold(side: Side) -> str:
    """The id of a hold of 10.00 EUR."""
    answer = await side.client.create_payment(request("ORD-1", settle=False))
    assert isinstance(answer, Approved)
    assert (answer.resource.type, answer.resource.status) == ("authorization", "approved")
    return answer.resource.id


@pytest.mark.parametrize("course", COURSES)
def test_a_hold_is_settled_or_let_go_once(play: Play, course: str) -> None:
    """Whoever comes second is refused, and the lists show what the first one did."""
    asked, kinds, made = COURSES[course]

    async def story(side: Side) -> tuple[list[str], tuple[int, int]]:
        payment_id = await hold(side)
        told = [await ask(side, what, payment_id) for what in asked.split()]
        settlements = await side.client.list_settlements(payment_id)
        voids = await side.client.list_voids(payment_id)
        return told, (settlements.count, voids.count)

    # The double takes its time over some, which the sandbox does when a rule says so.
    told, counts = play(story)
    assert ([kind.replace("pending", "approved") for kind in told], counts) == (kinds, made)


@pytest.mark.parametrize(
    ("fault", "kind", "made"),
    [
        ("later.lost", "unknown", 0),
        ("later.taken_then_lost", "unknown", 1),
        ("later.server_error_before", "unknown", 0),
        ("later.server_error_after", "unknown", 1),
        ("later.unauthorized", "account_problem", 0),
        ("later.rate_limited", "rate_limited", 0),
    ],
)
def test_a_fault_of_a_settlement_looks_the_same(play: Play, fault: str, kind: str, made: int) -> None:
    """What the sender hears, and whether the list shows it."""

    async def story(side: Side) -> tuple[str, int]:
        payment_id = await hold(side)
        told = await ask(side, "settlement", payment_id)
        return told, (await side.client.list_settlements(payment_id)).count

    assert play(story, fault) == (kind, made)


def test_what_is_no_hold_is_not_settled(play: Play) -> None:
    """A purchase has nothing to settle."""

    async def story(side: Side) -> str:
        answer = await side.client.create_payment(request("ORD-1"))
        assert isinstance(answer, Approved)
        return await ask(side, "settlement", answer.resource.id)

    assert play(story) == "rejected"


def test_a_link_is_made_read_and_deleted(play: Play) -> None:
    """Each request makes one of its own; a deleted one says so, and is deleted again without harm."""

    async def story(side: Side) -> tuple[bool, list[bool]]:
        asked = CreatePaymentLink(TEN, f"Invoice {token_of('ORD-1')}", country="LT")
        made = [await side.client.create_payment_link(asked) for _ in range(2)]
        ids = [answer.resource.id for answer in made if isinstance(answer, Done)]
        seen = [(await side.client.get_payment_link(ids[0])).deleted]
        for _ in range(2):
            answer = await side.client.delete_payment_link(DeletePaymentLink(ids[0]))
            assert isinstance(answer, Done)
            seen.append((await side.client.get_payment_link(ids[0])).deleted)
        return len(set(ids)) == 2, seen

    assert play(story) == (True, [False, True, True])


def test_a_link_that_is_not_there_is_not_found(play: Play) -> None:
    """A read of an id that nobody has raises."""

    async def story(side: Side) -> None:
        with pytest.raises(ObjectNotFound):
            await side.client.get_payment_link(NOBODY)

    play(story)
