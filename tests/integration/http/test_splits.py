"""Payments in parts, and orders that are called back, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.application import Caller, Served
from tests.stack import CARD

SPLIT: dict[str, Any] = {
    "split_id": "INV-7",
    "total": "100.00",
    "currency": "EUR",
    "country": "LT",
    "parts": [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}],
    **CARD,
}
CHARGE = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}


async def post(door: Served, caller: Caller, path: str, fields: dict[str, Any]) -> httpx.Response:
    return await door.client.post(path, content=json.dumps(fields).encode(), headers=caller.headers)


async def test_a_payment_is_accepted_once_and_told(door: Served, caller: Caller) -> None:
    """202 with where it is, 200 for the same again, 409 for other content, and every part is an order."""
    answers = [await post(door, caller, "/v1/splits", {**SPLIT, **more}) for more in ({}, {}, {"country": "LV"})]
    assert [answer.status_code for answer in answers] == [202, 200, 409]
    told = await door.client.get(answers[0].headers["location"], headers=caller.headers)
    assert told.json() == answers[0].json() == answers[1].json()
    assert (told.json()["state"], told.json()["stuck"]) == ("pending", [])
    part = await door.client.get("/v1/charges/INV-7.2", headers=caller.headers)
    assert (part.json()["amount"], part.json()["state"]) == ("30.00", "accepted")
    assert [error["field"] for error in answers[2].json()["errors"]] == ["country"]


async def test_a_name_that_is_taken_is_refused(door: Served, caller: Caller) -> None:
    """By the code that says what to do about it."""
    await post(door, caller, "/v1/charges", {**CHARGE, "order_id": "INV-7.1"})
    answer = await post(door, caller, "/v1/splits", SPLIT)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "part_taken")
    assert (await door.client.get("/v1/splits/INV-7", headers=caller.headers)).status_code == 404


async def test_an_order_is_called_back(door: Served, caller: Caller) -> None:
    """202 while nobody has sent it, however often it is said; 404 where there is none."""
    await post(door, caller, "/v1/charges", CHARGE)
    answers = [await door.client.delete("/v1/charges/ORD-1", headers=caller.headers) for _ in "12"]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(202, "accepted")] * 2
    assert (await door.client.delete("/v1/charges/NOPE", headers=caller.headers)).status_code == 404
    assert (await door.client.delete("/v1/charges/ORD-1")).status_code == 401
