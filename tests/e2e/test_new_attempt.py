"""Two operators have a parked order sent once more: a renewal of which the gateway knows nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cardinity_client import Approved, CardinityClient, CreatePayment
from cardinity_client.models.payments import PaymentReference
from cardinity_client.money import Money
from tests.commands import Commands, Ran
from tests.eventually import eventually
from tests.stack import CARD, ROOT, Stack

#: Says something as one of two operators.
Said = Callable[..., Ran]

#: Renewals whose request the gateway never took, and of which absence is no proof here.
ORDERS = ("REN-1", "REN-2", "REN-3")
WORD = ("--new-attempt", "--because", "support 4711: they never saw it")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """They are parked, and no worker is there."""
    faults: list[dict[str, Any]] = [{"fault": "http_500_before", "order_id": order_id} for order_id in ORDERS]
    with Stack(tmp_path_factory.mktemp("attempts"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            enqueuer.charge(order_id="FIRST", amount="10.00", currency="EUR", country="LT", **CARD)
            paid = enqueuer.wait("FIRST", timeout_s=30).payment_id
            for order_id in ORDERS:
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", payment_id=paid)
            eventually(lambda: {enqueuer.get(order_id).state for order_id in ORDERS} == {"parked"}, "they are parked")
        stack.kill_workers()
        stack.admin("faults", [])
        yield stack


@pytest.fixture
def said(stack: Stack, commands: Commands) -> Said:
    """The command line of whoever is named first."""
    return lambda who, *arguments: commands.run(*arguments, env={**stack.env, "LOGNAME": who}, cwd=ROOT)


def refusal(ran: Ran) -> Any:
    """Why it was not done."""
    return ran.records[-1].get("error")


def landed(stack: Stack, order_id: str) -> str:
    """The request of the order's first attempt lands after all."""
    with stack.enqueuer() as enqueuer:
        before = PaymentReference(str(enqueuer.get("FIRST").payment_id))

    async def made() -> str:
        async with CardinityClient(stack.settings().client_settings()) as gateway:
            answer = await gateway.create_payment(CreatePayment(order_id, Money(1000, "EUR"), "LT", None, before))
        assert isinstance(answer, Approved)
        return answer.resource.id

    return asyncio.run(made())


def test_it_takes_two(stack: Stack, said: Said) -> None:
    """Not one alone, not before somebody says why, and a rehearsal does nothing. Both words are in the audit trail."""
    resolve = ("parked", "resolve", "REN-1", *WORD, "--json")
    assert refusal(said("ona", "parked", "resolve", "REN-1", "--new-attempt", "--json")) == "because_missing"
    assert refusal(said("ona", *resolve, "--confirm")) == "not_proposed"
    assert said("ona", *resolve, "--dry-run").code == 0
    assert refusal(said("jonas", *resolve, "--confirm")) == "not_proposed"
    assert said("ona", *resolve).records[0]["state"] == "parked"
    assert refusal(said("jonas", *resolve)) == "proposed_before"
    assert refusal(said("ona", *resolve, "--confirm")) == "not_proposed"
    assert "new attempt: ona@" in said("jonas", "parked", "show", "REN-1").out
    assert said("jonas", *resolve, "--confirm", "--dry-run").code == 0
    with stack.enqueuer() as enqueuer:
        assert enqueuer.get("REN-1").state == "parked"
    told = said("jonas", *resolve, "--confirm").records[0]
    assert (told["state"], told["successor"]) == ("pending", "REN-1-a2")
    assert refusal(said("jonas", *resolve, "--confirm")) == "not_parked"
    trail = [line for line in said("ona", "audit", "list", "--json").records if line["subject"] == "REN-1"]
    assert [(line["action"], line["actor"].partition("@")[0]) for line in reversed(trail)] == [
        ("order.propose_attempt", "ona"),
        ("order.new_attempt", "jonas"),
    ]
    assert "two operators had it sent once more" in said("ona", "explain", "REN-1").out


def test_what_comes_to_light_before_it_is_sent_stops_it(stack: Stack, said: Said) -> None:
    """The account is paused while the first attempt lands after all: that payment is the order's, and an alarm."""
    for who, more in (("ona", ()), ("jonas", ("--confirm",))):
        assert said(who, "parked", "resolve", "REN-2", *WORD, *more).code == 0
    assert said("ona", "account", "pause", "default").code == 0
    payment_id = landed(stack, "REN-2")
    stack.worker()
    with stack.enqueuer() as enqueuer:
        eventually(lambda: said("ona", "status", "--json").records[-1]["alarms"], "the list has shown it: an alarm")
        assert said("ona", "account", "resume", "default").code == 0
        assert enqueuer.wait("REN-2", timeout_s=60).payment_id == payment_id
        second = enqueuer.get("REN-2-a2")
    assert (second.state, second.reason) == ("cancelled", "first_attempt_found")
    assert stack.charges()["REN-2"]["approved"] == 1
    assert "REN-2-a2" not in stack.charges()


def test_the_first_order_ends_as_the_other(stack: Stack, said: Said) -> None:
    """Charged once, under the name of the second; its owner sees one order with one outcome."""
    with stack.enqueuer() as enqueuer:
        order = enqueuer.wait("REN-1", timeout_s=60)
        told = [event.id for _, event in enqueuer.events("0", idle_s=0.2) if event.id.startswith("REN-1:")]
        second = enqueuer.get("REN-1-a2")
    assert (order.state, order.payment_id) == ("approved", second.payment_id)
    assert told == [
        "REN-1:accepted", "REN-1:unknown", "REN-1:parked", "REN-1:pending:REN-1-a2", "REN-1:approved",
    ]  # fmt: skip
    assert [stack.charges()[name]["approved"] for name in ("REN-1", "REN-1-a2")] == [0, 1]
    assert said("ona", "verify", "REN-1").code == 0
