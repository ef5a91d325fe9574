"""Faults of what follows a payment: the same as of a charge, aimed by operation, order or token."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox.catalogue import CATALOGUE, Landing
from cardinity_client.sandbox.plan import POST_FAULTS
from tests.contract.sandbox.caller import Caller
from tests.eventually import eventually_async
from tests.unit.sandbox.bodies import THREEDS2, charge, recurring
from tests.unit.sandbox.clock import ManualClock

#: What waits for a clock that stands still, or for a client without end; and a body of 100 MB is tested once.
APART = {"hang_before", "charge_then_hang", "late_landing", "processing", "gzip_bomb"}
CALLS = {
    "refund": ("POST", "/refunds", {"amount": "4.00", "description": "token"}),
    "settlement": ("POST", "/settlements", {"amount": "4.00", "description": "token"}),
    "void": ("POST", "/voids", {"description": "token"}),
    "finalize": ("PATCH", "", {"cres": "3ds2-pass"}),
}


@pytest.mark.parametrize("fault", sorted(POST_FAULTS - APART))
@pytest.mark.parametrize("operation", CALLS)
async def test_a_fault_lands_what_it_says(caller: Caller, operation: str, fault: str) -> None:
    """Whatever becomes of the answer, the book holds one effect or none, as the catalogue has it."""
    payment = await _parent(caller, operation)
    await caller.plan({"fault": fault, "operation": operation, "delay_ms": 1})
    await _send(caller, operation, payment)
    expected = 0 if CATALOGUE[fault].landing is Landing.NEVER else 1
    assert await _effects(caller, operation, payment) == (1, expected)


@pytest.mark.parametrize("operation", CALLS)
async def test_an_effect_lands_after_its_client_has_left(caller: Caller, clock: ManualClock, operation: str) -> None:
    """Nothing while the client waits, and one effect when the delay is over."""
    payment = await _parent(caller, operation)
    await caller.plan({"fault": "late_landing", "operation": operation, "delay_ms": 5000})
    waiting = asyncio.create_task(_send(caller, operation, payment))
    assert await _effects(caller, operation, payment) == (1, 0)
    waiting.cancel()
    clock.advance(5000)
    assert await _effects(caller, operation, payment) == (1, 1)


async def test_what_lands_late_is_judged_again(caller: Caller, clock: ManualClock) -> None:
    """A refund that is overtaken by another finds nothing left and does not land."""
    payment = await _parent(caller, "refund")
    await caller.plan({"fault": "late_landing", "operation": "refund", "description": "slow", "delay_ms": 5000})
    body = {"amount": "10.00", "description": "slow"}
    waiting = asyncio.create_task(caller.call("POST", f"/payments/{payment}/refunds", body))
    assert await _effects(caller, "refund", payment, "slow") == (1, 0)
    waiting.cancel()
    assert (await caller.call("POST", f"/payments/{payment}/refunds", {"amount": "10.00"})).status == 201
    clock.advance(5000)
    assert await _effects(caller, "refund", payment, "slow") == (1, 0)


@pytest.mark.parametrize(("description", "status"), [("token", "approved"), ("fail", "declined")])
async def test_a_refund_is_processed_for_a_while(
    caller: Caller, clock: ManualClock, description: str, status: str
) -> None:
    """202 processing is no effect yet but speaks for its amount; then every look says how it ended."""
    payment = await _parent(caller, "refund")
    await caller.plan({"fault": "processing", "operation": "refund", "delay_ms": 100, "times": 1})
    path, body = f"/payments/{payment}/refunds", {"amount": "10.00", "description": description}
    reply = await caller.call("POST", path, body)
    assert (reply.status, reply.json["status"]) == (202, "processing")
    assert (await caller.call("POST", path, {"amount": "0.01", "description": "more"})).status == 400
    clock.advance(100)
    (settled,) = [row for row in (await caller.call("GET", path)).json if row["id"] == reply.json["id"]]
    assert (settled["status"], "error" in settled) == (status, status == "declined")


@pytest.mark.parametrize("operation", ["refund", "payment"])
async def test_a_request_can_be_delivered_twice(caller: Caller, operation: str) -> None:
    """A proxy re-sends it: one request of the client, two effects, and one answer."""
    await caller.plan({"fault": "delivered_twice", "operation": operation})
    payment = await _parent(caller, operation)
    if operation == "payment":
        assert await caller.counts() == (2, 1)
        return
    await _send(caller, operation, payment)
    assert await _effects(caller, operation, payment) == (1, 2)


async def test_a_challenge_delivered_twice_has_two_pages(caller: Caller) -> None:
    """Each of the two payments waits for its own shopper, and each can be finalized."""
    await caller.plan({"fault": "delivered_twice"})
    await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))
    rows = (await caller.call("GET", "/payments")).json
    for row in rows:
        assert row["threeds2_data"]["acs_url"].endswith(f"/acs/{row['id']}")
        assert (await caller.call("PATCH", f"/payments/{row['id']}", {"cres": "3ds2-pass"})).status == 200
    assert (len(rows), await caller.counts()) == (2, (2, 1))


@pytest.mark.parametrize("operation", ["settlement", "void", "finalize"])
async def test_a_second_delivery_finds_it_done(caller: Caller, operation: str) -> None:
    """What can be done only once is done once, however often it is delivered."""
    payment = await _parent(caller, operation)
    await caller.plan({"fault": "delivered_twice", "operation": operation})
    await _send(caller, operation, payment)
    assert await _effects(caller, operation, payment) == (1, 1)


@pytest.mark.parametrize("operation", [*CALLS, "payment"])
async def test_the_bank_can_say_any_no(caller: Caller, operation: str) -> None:
    """402 with the text of the plan, whatever the test mode would have said."""
    payment = "" if operation == "payment" else await _parent(caller, operation)
    error = "3001: Insufficient funds"
    await caller.plan({"fault": "declined", "operation": operation, "error": error, "advice": "02: Try again later"})
    if operation == "payment":
        reply = await caller.post(charge())
        assert reply.json["merchant_advice_code"] == "02: Try again later"
    else:
        method, path, body = CALLS[operation]
        reply = await caller.call(method, f"/payments/{payment}{path}", body)
    assert (reply.status, reply.json["status"], reply.json["error"]) == (402, "declined", error)


async def test_a_recurring_charge_can_need_its_shopper(caller: Caller) -> None:
    """3014 on a charge without the shopper, which no card of the test mode triggers."""
    parent = (await caller.post(charge())).json["id"]
    await caller.plan({"fault": "declined", "error": "3014: SCA Required", "order_id": "order-2"})
    reply = await caller.post(recurring(parent, order_id="order-2"))
    assert (reply.status, reply.json["error"], reply.json["payment_method"]) == (402, "3014: SCA Required", "card")


async def test_a_rule_can_aim_at_one_token_or_at_the_order(caller: Caller) -> None:
    """`description` strikes one intent, `order_id` everything that follows that order's charge."""
    payment, other = await _parent(caller, "refund"), await _parent(caller, "refund", order_id="order-2")
    await caller.plan(
        {"fault": "http_500_before", "operation": "refund", "description": "b"},
        {"fault": "http_503_before", "operation": "refund", "order_id": "order-2"},
    )
    answers = []
    for parent, token in ((payment, "a"), (payment, "b"), (other, "a")):
        body = {"amount": "1.00", "description": token}
        answers.append((await caller.call("POST", f"/payments/{parent}/refunds", body)).status)
    assert answers == [201, 500, 503]


async def test_the_list_of_refunds_has_faults_of_its_own(caller: Caller, clock: ManualClock) -> None:
    """It can fail, and a row can be late; the list of payments stays whole."""
    payment = await _parent(caller, "refund")
    path = f"/payments/{payment}/refunds"
    await caller.plan(
        {"fault": "list_500", "operation": "refund", "times": 1},
        {"fault": "list_lag", "operation": "refund", "description": "token", "delay_ms": 500},
    )
    await _send(caller, "refund", payment)
    assert (await caller.call("GET", path)).status == 500
    assert (await caller.call("GET", path)).json == []
    assert await caller.listed() == ["order-1"]
    clock.advance(500)
    assert len((await caller.call("GET", path)).json) == 1


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"fault": "declined", "operation": "link"}, "nobody declines a link"),
        ({"fault": "list_500", "operation": "finalize"}, "there is no list of finalize"),
        ({"fault": "declined", "error": ""}, "error must be one line"),
        ({"fault": "html_200", "rate": 0.5, "description": "x"}, "either a rate or"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(caller: Caller, rule: dict[str, Any], problem: str) -> None:
    """The message names the rule and what is wrong with it."""
    reply = await caller.admin("/faults", f"[{json.dumps(rule)}]".encode())
    assert reply.status == 400
    assert problem in reply.json["error"]


async def _parent(caller: Caller, operation: str, **changes: Any) -> str:
    """A payment of 10.00 that allows the operation."""
    if operation == "finalize":
        changes = {"pan": "5454545454545454", "threeds2_data": THREEDS2, **changes}
    reply = await caller.post(charge(settle=operation in ("refund", "finalize", "payment"), **changes))
    return str(reply.json["id"])


async def _send(caller: Caller, operation: str, payment: str) -> None:
    """Whatever comes back: the book is what counts."""
    method, path, body = CALLS[operation]
    try:
        await caller.call(method, f"/payments/{payment}{path}", body)
    except aiohttp.ClientError:
        return


async def _effects(caller: Caller, operation: str, payment: str, token: str = "token") -> tuple[int, int]:
    """Requests and effects of one intent, once the request has arrived."""
    description = None if operation == "finalize" else token

    async def row() -> tuple[int, int] | None:
        for found in (await caller.admin("/operations")).json["operations"]:
            if (found["operation"], found["parent_id"], found["description"]) == (operation, payment, description):
                return found["posts"], found["approved"]
        return None

    seen = await eventually_async(row, f"a {operation} has arrived")
    assert seen is not None
    return seen
