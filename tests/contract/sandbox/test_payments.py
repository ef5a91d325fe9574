"""Payments over the wire: create, get, list and finalize as the reference tells them."""

import asyncio
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.bodies import THREEDS2, charge, recurring
from tests.unit.sandbox.clock import ManualClock


async def test_an_approved_payment_is_told_back_whole(caller: Caller) -> None:
    """201 with every member of the payment object, the last four digits, and nothing null."""
    body = charge(description="Blue kettle", statement_descriptor_suffix="KETTLE", settle=True)
    reply = await caller.post(body)
    payment = reply.json
    assert reply.status == 201
    assert reply.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", payment.pop("id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", payment.pop("created"))
    assert payment == {
        "amount": "10.00",
        "currency": "EUR",
        "type": "purchase",
        "live": False,
        "status": "approved",
        "order_id": "order-1",
        "description": "Blue kettle",
        "country": "LT",
        "statement_descriptor_suffix": "KETTLE",
        "payment_method": "card",
        "payment_instrument": {
            "card_brand": "Visa",
            "pan": "1111",
            "exp_year": 2031,
            "exp_month": 4,
            "holder": "Ona Petraityte",
        },
    }


@pytest.mark.parametrize(
    ("body", "status", "members"),
    [
        (charge(settle=False), 201, {"status": "approved", "type": "authorization"}),
        (charge(amount="150.01"), 402, {"status": "declined", "error": "3000: Do Not Honor"}),
        (
            charge(pan="5454545454540018", amount="150.23"),
            402,
            {"status": "declined", "merchant_advice_code": "03: Do not try again"},
        ),
        (
            charge(pan="5454545454540109", amount="150.23"),
            402,
            {"status": "declined", "threeds_status_reason": "01: Card authentication failed"},
        ),
        (charge(pan="5454545454545454", threeds2_data=THREEDS2), 202, {"status": "pending"}),
        (charge(description="3d-pass"), 202, {"status": "pending"}),
    ],
)
async def test_the_status_tells_what_became_of_a_payment(
    caller: Caller, body: dict[str, Any], status: int, members: dict[str, Any]
) -> None:
    """201 approved, 202 pending, 402 declined: the body is the payment object each time, and GET agrees."""
    reply = await caller.post(body)
    assert reply.status == status
    assert members.items() <= reply.json.items()
    again = await caller.call("GET", f"/payments/{reply.json['id']}")
    assert (again.status, again.json) == (200, reply.json)


async def test_a_number_is_told_back_as_a_string(caller: Caller) -> None:
    """An amount sent as the JSON number 10.10 comes back as "10.10"."""
    body = b'{"amount":10.10,"currency":"EUR","country":"LT","payment_method":"card","payment_instrument":'
    card = b'{"pan":"4111111111111111","exp_year":2031,"exp_month":4,"cvc":"123","holder":"Ona"}}'
    assert (await caller.post(body + card)).json["amount"] == "10.10"


async def test_a_repeated_order_is_charged_again(caller: Caller) -> None:
    """The same order_id twice makes two approved payments, and the count says so."""
    first, second = await caller.post(charge()), await caller.post(charge())
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]
    assert await caller.counts() == (2, 2)


async def test_a_recurring_payment_uses_its_parents_card(caller: Caller) -> None:
    """An approved parent pays again, told back as a card payment."""
    parent = (await caller.post(charge(settle=False))).json
    child = await caller.post(recurring(parent["id"], order_id="order-2", amount="20.00"))
    assert (child.status, child.json["payment_method"]) == (201, "card")
    assert child.json["payment_instrument"] == parent["payment_instrument"]


@pytest.mark.parametrize("parent", [charge(amount="160.00"), charge(description="3d-pass"), None])
async def test_a_recurring_payment_needs_an_approved_parent(caller: Caller, parent: Any) -> None:
    """A declined, pending or unknown parent is a validation error."""
    unknown = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
    payment_id = (await caller.post(parent)).json["id"] if parent else unknown
    reply = await caller.post(recurring(payment_id, order_id="order-2"))
    assert reply.status == 400
    assert reply.json["errors"][0]["field"] == "payment_instrument.payment_id"


@pytest.mark.parametrize(
    ("query", "rows"), [("", 10), ("?limit=1", 1), ("?limit=12", 12), ("?limit=100", 12), ("?status=x", 10)]
)
async def test_the_list_has_as_many_rows_as_asked(caller: Caller, query: str, rows: int) -> None:
    """The newest payments come first, ten when nothing is asked; unknown parameters are ignored."""
    for number in range(12):
        await caller.post(charge(order_id=f"order-{number}"))
    assert await caller.listed(query) == [f"order-{number}" for number in range(11, 11 - rows, -1)]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1e1", "٣"])
async def test_a_limit_out_of_range_is_refused(caller: Caller, limit: str) -> None:
    """Only 1 to 100 is a limit."""
    reply = await caller.call("GET", f"/payments?limit={quote(limit)}")
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "limit")


async def test_trailing_slashes_and_bodies_on_get_are_tolerated(caller: Caller) -> None:
    """What the vendor's own clients send is understood."""
    payment_id = (await caller.call("POST", "/payments/", charge())).json["id"]
    assert len((await caller.call("GET", "/payments/?limit=5", {"method": "GET"})).json) == 1
    assert (await caller.call("GET", f"/payments/{payment_id}/", {})).status == 200


async def test_a_challenge_passed_is_a_charge(caller: Caller) -> None:
    """A pending payment is no charge; finalized with its own creq it is one, and the list shows it so."""
    pending = (await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))).json
    assert await caller.counts() == (0, 1)
    reply = await caller.call("PATCH", f"/payments/{pending['id']}", {"cres": pending["threeds2_data"]["creq"]})
    assert (reply.status, reply.json["status"]) == (200, "approved")
    assert await caller.counts() == (1, 1)
    assert (await caller.call("GET", "/payments")).json == [reply.json]


async def test_a_challenge_failed_is_a_decline(caller: Caller) -> None:
    """The card that fails its challenge ends as 402 with the gateway's text."""
    pending = (await caller.post(charge(pan="4200000000000000", threeds2_data=THREEDS2))).json
    reply = await caller.call("PATCH", f"/payments/{pending['id']}", {"cres": "3ds2-fail"})
    assert (reply.status, reply.json["error"]) == (402, "33333: 3D Secure Authorization Failed.")
    assert await caller.counts() == (0, 1)


async def test_a_challenge_can_fall_back_and_then_pass(caller: Caller) -> None:
    """202 with both objects after a technical failure, approved by version 1 after that."""
    payment_id = (await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))).json["id"]
    fallen = await caller.call("PATCH", f"/payments/{payment_id}", {"cres": "3d-pass"})
    assert fallen.status == 202
    assert {"threeds2_data", "authorization_information"} <= set(fallen.json)
    assert (await caller.call("PATCH", f"/payments/{payment_id}", {"authorize_data": "3d-pass"})).status == 200


async def test_only_a_pending_payment_is_finalized(caller: Caller) -> None:
    """A second finalize is refused and charges nothing."""
    payment_id = (await caller.post(charge(description="3d-pass"))).json["id"]
    statuses = [
        (await caller.call("PATCH", f"/payments/{payment_id}", {"authorize_data": "3d-pass"})).status for _ in "12"
    ]
    assert statuses == [200, 400]
    assert await caller.counts() == (1, 1)


async def test_concurrent_posts_are_all_counted(caller: Caller, clock: ManualClock) -> None:
    """Posts that arrive together lose no charge, and the list is descending by time."""
    await asyncio.gather(*(caller.post(charge(order_id=f"order-{number % 10}")) for number in range(50)))
    clock.advance(5)
    await caller.post(charge())
    rows = (await caller.call("GET", "/payments?limit=100")).json
    assert len({row["id"] for row in rows}) == 51
    assert [row["created"] for row in rows] == sorted((row["created"] for row in rows), reverse=True)
    assert await caller.counts("order-3") == (5, 5)
