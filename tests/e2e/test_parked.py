"""A human decides on parked orders: by a payment that fits, or by a word that nothing speaks against."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cardinity_client import Approved, CardinityClient
from cardinity_client.models.follow_ups import CreateRefund
from cardinity_client.money import Money
from producers.contract.follow_ups import description_with
from tests.commands import Commands, Ran
from tests.e2e.landing import landed
from tests.eventually import eventually
from tests.stack import CARD, ROOT, Stack

Cardinity = Callable[..., Ran]

#: Orders whose request the gateway never took, and of which absence is no proof here.
ORDERS = ("PRK-1", "PRK-2", "PRK-3")
#: A refund of the same fate.
REFUND = "RET-1"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Three parked orders, and no worker any more that could find anything out."""
    faults: list[dict[str, Any]] = [{"fault": "http_500_before", "order_id": order_id} for order_id in ORDERS]
    faults.append({"fault": "http_500_before", "operation": "refund", "times": 1})
    with Stack(tmp_path_factory.mktemp("parked"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for order_id in ORDERS:
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
            enqueuer.charge(order_id="PAID", amount="10.00", currency="EUR", country="LT", **CARD)
            paid = enqueuer.wait("PAID", timeout_s=30).payment_id
            enqueuer.refund(order_id=REFUND, payment_id=paid, amount="4.00", currency="EUR")
            every = (*ORDERS, REFUND)
            eventually(lambda: {enqueuer.get(order_id).state for order_id in every} == {"parked"}, "they are parked")
        stack.kill_workers()
        stack.admin("faults", [])
        yield stack


@pytest.fixture
def cardinity(stack: Stack, commands: Commands) -> Cardinity:
    """The command line."""
    return lambda *arguments: commands.run(*arguments, env=stack.env, cwd=ROOT)


def given_back(stack: Stack, parent: str, token: str) -> str:
    """A refund that was made after all, with the token of its order."""
    wish = CreateRefund(parent, Money(400, "EUR"), description_with(token, None))

    async def made() -> str:
        async with CardinityClient(stack.settings().client_settings()) as gateway:
            answer = await gateway.create_refund(wish)
        assert isinstance(answer, Approved)
        return answer.resource.id

    return asyncio.run(made())


def refusal(ran: Ran) -> Any:
    """Why it was not done."""
    return ran.records[-1].get("error")


def test_what_waits_for_a_human_is_listed_with_the_evidence(cardinity: Cardinity) -> None:
    """The longest waiting first, each with its money, why it is parked, and what the gateway shows: nothing."""
    rows = cardinity("parked", "list", "--json").records
    assert sorted(row["order_id"] for row in rows) == [*ORDERS, REFUND]
    assert rows == sorted(rows, key=lambda row: (row["since"], row["order_id"]))
    assert "absence_is_not_proof_here, charge of 10.00 EUR" in cardinity("parked", "list").out
    shown = cardinity("parked", "show", "PRK-1")
    assert "gateway: nothing under the order's reference" in shown.out
    assert cardinity("parked", "show", "PRK-1", "--json").records[0]["gateway"] == []
    assert cardinity("parked", "show", "PRK-9").code == 66


def test_a_word_that_nothing_speaks_against_ends_the_order(stack: Stack, cardinity: Cardinity) -> None:
    """Not before somebody says why; a rehearsal changes nothing; the word is kept with the order and in the trail."""
    assert refusal(cardinity("parked", "resolve", "PRK-1", "--not-charged", "--json")) == "because_missing"
    word = ("parked", "resolve", "PRK-1", "--not-charged", "--because", "back office 4711, card 4111111111111111")
    assert "nothing was changed" in cardinity(*word, "--dry-run").out
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("PRK-1").state == "parked"
        assert cardinity(*word, "--json").records[0]["state"] == "not_charged"
        order = enqueuer.get("PRK-1")
        told = [event.id for _, event in enqueuer.events("0", idle_s=0.2) if event.id.startswith("PRK-1:")]
    assert (order.state, order.reason) == ("not_charged", "operator")
    assert told == ["PRK-1:accepted", "PRK-1:unknown", "PRK-1:parked", "PRK-1:not_charged"]
    explained = cardinity("explain", "PRK-1").out
    assert "back office 4711" in explained and "4111111111111111" not in explained
    (line,) = (line for line in cardinity("audit", "list", "--json").records if line["action"] == "order.resolve")
    assert (line["subject"], line["details"]["to"]) == ("PRK-1", "not_charged")
    assert refusal(cardinity(*word, "--json")) == "not_parked"


def test_a_payment_that_fits_is_the_orders(stack: Stack, cardinity: Cardinity) -> None:
    """One of another order is not, and none that nobody knows; with it the order is charged, once."""
    payment_id, another = landed(stack, "PRK-2", "10.00"), landed(stack, "ELSE-1", "10.00")
    said = ("parked", "resolve", "PRK-2", "--json")
    assert refusal(cardinity(*said, "--not-charged", "--because", "nothing is there")) == "payment_shown"
    assert refusal(cardinity(*said, "--approved", another)) == "payment_mismatch"
    nowhere = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
    assert refusal(cardinity(*said, "--approved", nowhere)) == "payment_unknown"
    assert cardinity(*said, "--approved", payment_id).records[0]["state"] == "approved"
    with stack.enqueuer() as enqueuer:
        order = enqueuer.get("PRK-2")
    assert (order.state, order.payment_id) == ("approved", payment_id)
    assert stack.charges()["PRK-2"]["approved"] == 1


def test_a_payment_of_another_amount_is_nobodys_word(stack: Stack, cardinity: Cardinity) -> None:
    """It is neither the order's, nor may anybody say that nothing was charged while it is there."""
    payment_id = landed(stack, "PRK-3", "9.99")
    said = ("parked", "resolve", "PRK-3", "--json")
    assert refusal(cardinity(*said, "--approved", payment_id)) == "payment_mismatch"
    assert refusal(cardinity(*said, "--not-charged", "--because", "it is another's")) == "payment_shown"
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("PRK-3").state == "parked"


def test_a_refund_is_found_under_its_payment(stack: Stack, cardinity: Cardinity) -> None:
    """By the token in its description; nobody says that none was made while it is there."""
    (row,) = (row for row in cardinity("parked", "list", "--json").records if row["order_id"] == "RET-1")
    with stack.enqueuer() as enqueuer:
        refund_id = given_back(stack, str(enqueuer.get("PAID").payment_id), row["reference"])
        said = ("parked", "resolve", "RET-1", "--json")
        assert refusal(cardinity(*said, "--not-charged", "--because", "nothing is there")) == "payment_shown"
        assert cardinity(*said, "--approved", refund_id).records[0]["state"] == "approved"
        assert enqueuer.get("RET-1").state == "approved"


def test_nobody_sends_a_card_a_second_time(stack: Stack, cardinity: Cardinity) -> None:
    """It is erased: the refusal says so, and what to do instead. A confirmation alone is no wish."""
    before = stack.charges()
    ran = cardinity("parked", "resolve", "PRK-3", "--new-attempt", "--because", "it is another's")
    assert (ran.code, "its card is erased" in ran.err) == (65, True)
    assert cardinity("parked", "resolve", "PRK-3").code == 2
    assert cardinity("parked", "resolve", "PRK-3", "--not-charged", "--confirm").code == 2
    assert stack.charges() == before
