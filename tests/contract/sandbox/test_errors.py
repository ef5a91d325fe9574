"""Refusals over the wire: the gateway's error object, and credentials judged before anything else."""

import dataclasses
from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from tests.contract.sandbox.caller import Caller, Reply
from tests.unit.sandbox.bodies import card, charge

NIL = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/my_dreamy_action", 404),
        ("GET", "", 404),
        ("GET", "/../v2/payments", 404),
        ("GET", f"/payments/{NIL}", 404),
        ("GET", "/payments/nonsense", 404),
        ("PATCH", f"/payments/{NIL}", 404),
        ("GET", f"/payments/{NIL}/nothing", 404),
        ("DELETE", "/payments", 405),
        ("PUT", f"/payments/{NIL}", 405),
    ],
)
async def test_what_is_not_there_is_refused(caller: Caller, method: str, path: str, status: int) -> None:
    """Unknown paths and ids are 404, known paths with another verb 405."""
    _assert_error(await caller.call(method, path), status)


async def test_405_names_the_verbs_that_work(caller: Caller) -> None:
    """The Allow header lists them."""
    assert (await caller.call("DELETE", "/payments")).headers["Allow"] == "POST, GET"


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, application/json;q=0.9", "application/*"])
async def test_json_may_be_asked_for(caller: Caller, accept: str) -> None:
    """Any Accept header that includes JSON is fine."""
    assert (await caller.call("GET", "/payments", headers={"Accept": accept})).status == 200


async def test_nothing_but_json_can_be_asked_for(caller: Caller) -> None:
    """An Accept header without JSON is 406."""
    _assert_error(await caller.call("GET", "/payments", headers={"Accept": "text/html"}), 406)


async def test_nothing_but_json_can_be_sent(caller: Caller) -> None:
    """A form is 415, JSON with a charset is fine."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    charset = {"Content-Type": "application/json;charset=UTF-8"}
    _assert_error(await caller.call("POST", "/payments", charge(), form), 415)
    assert (await caller.call("POST", "/payments", charge(), charset)).status == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/payments/nonsense", None), ("DELETE", "/payments", None), ("POST", "/payments", b"{")],
)
async def test_credentials_are_judged_before_everything(caller: Caller, method: str, path: str, body: Any) -> None:
    """A wrong key is 401 whatever else is wrong."""
    stranger = dataclasses.replace(caller, key="test_other_key")
    _assert_error(await stranger.call(method, path, body), 401)


async def test_a_wrong_secret_charges_nothing_and_is_counted(caller: Caller) -> None:
    """An unauthorized post is a post without a charge."""
    stranger = dataclasses.replace(caller, secret="other")
    _assert_error(await stranger.post(charge()), 401)
    assert await caller.counts() == (0, 1)


async def test_requests_without_credentials_are_refused(caller: Caller) -> None:
    """No header, Basic and Bearer are all 401, outside the API's paths too."""
    for headers in ({}, {"Authorization": "Basic ZGVtbzpkZW1v"}, {"Authorization": "Bearer token"}):
        async with caller.session.get(f"{caller.running.origin}/anything", headers=headers) as response:
            assert response.status == 401


async def test_a_validation_error_names_its_fields(caller: Caller) -> None:
    """400 with one entry per bad field, and a detail that says how many."""
    reply = await caller.post(charge(currency="EGR", payment_instrument=card(exp_month=13)))
    _assert_error(reply, 400)
    assert "2 validation errors" in reply.json["detail"]
    assert reply.json["errors"] == [
        {"field": "currency", "rejected": "EGR", "message": "invalid or unsupported currency"},
        {"field": "payment_instrument.exp_month", "rejected": 13, "message": "must be between 1 and 12"},
    ]
    assert await caller.counts() == (0, 1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"null", b"[" * 100_000, b"1" * 2_000_000])
async def test_a_body_that_is_no_object_is_a_validation_error(caller: Caller, body: bytes) -> None:
    """Whatever is sent, the answer is the gateway's error object, and the post is counted under no order."""
    reply = await caller.post(body)
    _assert_error(reply, 400)
    assert "validation errors" in reply.json["detail"]
    assert (await caller.admin("/charges")).json["charges"][0]["order_id"] is None


async def test_a_finalize_without_json_is_a_validation_error(caller: Caller) -> None:
    """PATCH with a broken body is 400 as well."""
    payment_id = (await caller.post(charge(description="3d-pass"))).json["id"]
    _assert_error(await caller.call("PATCH", f"/payments/{payment_id}", b"{"), 400)


async def test_a_strict_account_refuses_a_replayed_request() -> None:
    """With strict nonces the same POST twice is 401 the second time, while a GET may be repeated."""
    settings = SandboxSettings(strict_nonces=True)
    async with running(settings) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        post = caller.authorization("POST", f"{sandbox.url}/payments")
        get = caller.authorization("GET", f"{sandbox.url}/payments")
        posts = [(await caller.call("POST", "/payments", charge(), post)).status for _ in "12"]
        gets = [(await caller.call("GET", "/payments", None, get)).status for _ in "12"]
    assert (posts, gets) == ([201, 401], [200, 200])


def _assert_error(reply: Reply, status: int) -> None:
    body = reply.json
    assert (reply.status, body["status"]) == (status, status)
    assert body["type"] == f"https://developers.cardinity.com/api/v1/#{status}"
    assert body["title"]
    assert body["detail"]
    assert ("errors" in body) == (status == 400)
