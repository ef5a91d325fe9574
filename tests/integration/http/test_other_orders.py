"""What is no charge, over HTTP: refunds, settlements, voids and links, and the answer of a customer's bank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.application import Caller, Served
from tests.stack import CARD

PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
PART = {"payment_id": PAYMENT_ID, "amount": "5.00", "currency": "EUR"}
ORDERS: Mapping[str, Mapping[str, Any]] = {
    "refunds": PART,
    "settlements": PART,
    "voids": {"payment_id": PAYMENT_ID},
    "links": {"amount": "40.00", "currency": "EUR", "description": "Invoice 77"},
}
KINDS = {"refunds": "refund", "settlements": "settlement", "voids": "void", "links": "link"}


async def post(door: Served, caller: Caller, path: str, fields: Mapping[str, object]) -> httpx.Response:
    """The answer to these fields."""
    return await door.client.post(path, content=json.dumps(fields).encode(), headers=caller.headers)


@pytest.mark.parametrize("name", ORDERS)
async def test_each_kind_is_accepted_once_and_told(name: str, door: Served, caller: Caller) -> None:
    """202 with where it is, 200 for the same again, 409 for other content, and how it stands."""
    fields = {"order_id": "OTHER-1", **ORDERS[name]}
    answers = [await post(door, caller, f"/v1/{name}", each) for each in (fields, fields, {**fields, "account": "b"})]
    assert [answer.status_code for answer in answers] == [202, 200, 409]
    told = await door.client.get(answers[0].headers["location"], headers=caller.headers)
    assert (told.json()["kind"], told.json()["state"]) == (KINDS[name], "accepted")


@pytest.mark.parametrize("name", ORDERS)
async def test_a_wrong_field_is_named(name: str, door: Served, caller: Caller) -> None:
    """422 with its code; nothing is kept."""
    answer = await post(door, caller, f"/v1/{name}", {"order_id": "OTHER-2", **ORDERS[name], "pan": CARD["pan"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "pan")
    assert str(CARD["pan"]) not in answer.text
    assert (await door.client.get(f"/v1/{name}/OTHER-2", headers=caller.headers)).status_code == 404


@pytest.mark.parametrize(
    ("order_id", "fields", "status", "code"),
    [
        ("NOBODY", {"cres": "abc"}, 404, "order_unknown"),
        ("ORD-1", {"cres": "abc"}, 409, "finalize_no_step"),
        ("ORD-1", {"cres": "abc", "pares": "abc"}, 422, "result_ambiguous"),
        ("ORD-1", {"cres": 7}, 422, "result_type"),
        ("ORD-1", {"creq": "abc"}, 422, "field_unknown"),
    ],
)
async def test_an_answer_that_nobody_waits_for_is_refused(
    order_id: str, fields: Mapping[str, object], status: int, code: str, door: Served, caller: Caller
) -> None:
    """By its code; that one for an order that waits is taken shows `tests/e2e/test_http.py`."""
    charge = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
    assert (await post(door, caller, "/v1/charges", charge)).status_code == 202
    answer = await post(door, caller, f"/v1/charges/{order_id}/finalize", fields)
    problem = answer.json()
    found = problem["errors"][0]["code"] if "errors" in problem else problem["code"]
    assert (answer.status_code, found) == (status, code)
