"""Faults that answer a post, wrongly: what the client reads, and whether the charge landed."""

import json

import aiohttp
import pytest

from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.bodies import charge

#: Faults that answer with a status of their own: name, status, charges.
STATUSES = [
    *((f"http_{status}_before", status, 0) for status in (500, 502, 503, 504)),
    *((f"http_{status}_after", status, 1) for status in (500, 502, 503, 504)),
    ("http_401", 401, 0),
    ("http_403", 403, 0),
    ("rate_limited_429", 429, 0),
    ("redirect_307", 307, 0),
    ("html_200", 200, 0),
    ("empty_201", 201, 1),
]  # fmt: skip
#: Faults that tell of a payment other than the one in the book: name, the member that differs.
LIES = [
    ("wrong_order_in_body", "order_id"),
    ("wrong_amount_in_body", "amount"),
    ("wrong_currency_in_body", "currency"),
]


@pytest.mark.parametrize(("fault", "status", "charges"), STATUSES)
async def test_another_status_is_answered(caller: Caller, fault: str, status: int, charges: int) -> None:
    """The status tells nothing about the charge."""
    await caller.plan({"fault": fault})
    assert (await caller.post(charge())).status == status
    assert await caller.counts() == (charges, 1)


async def test_a_rate_limit_carries_the_error_object_and_its_header(caller: Caller) -> None:
    """429 has the gateway's error object, and Retry-After is whatever the plan says."""
    await caller.plan({"fault": "rate_limited_429", "retry_after": "junk"})
    reply = await caller.post(charge())
    assert (reply.json["status"], reply.headers["Retry-After"]) == (429, "junk")


async def test_a_redirect_points_to_itself(caller: Caller) -> None:
    """Following the 307 would post again."""
    await caller.plan({"fault": "redirect_307"})
    assert (await caller.post(charge())).headers["Location"] == f"{caller.running.url}/payments"


async def test_a_portal_and_a_proxy_speak_html(caller: Caller) -> None:
    """A captive portal's 200 and a proxy's 502 are no JSON."""
    for fault in ("html_200", "http_502_after"):
        await caller.plan({"fault": fault})
        assert (await caller.post(charge())).headers["Content-Type"].startswith("text/html")


async def test_an_empty_answer_is_empty(caller: Caller) -> None:
    """201 with no body at all."""
    await caller.plan({"fault": "empty_201"})
    assert (await caller.post(charge())).body == b""


async def test_half_a_document_comes_well_framed(caller: Caller) -> None:
    """The response is complete HTTP; its body is the beginning of a payment."""
    await caller.plan({"fault": "truncated_json"})
    reply = await caller.post(charge())
    assert reply.status == 201
    assert reply.body.startswith(b'{"id":"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
    assert await caller.counts() == (1, 1)


@pytest.mark.parametrize("fault", ["short_body", "bad_chunk"])
async def test_broken_framing_is_a_payload_error(caller: Caller, fault: str) -> None:
    """An HTTP client sees status 201 and a body that never gets whole; its error may name another status."""
    await caller.plan({"fault": fault})
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientResponseError)):
        await caller.post(charge())
    assert await caller.counts() == (1, 1)


async def test_an_oversized_body_is_valid_json(caller: Caller) -> None:
    """More than a mebibyte of padding comes before the payment."""
    await caller.plan({"fault": "oversized_body"})
    reply = await caller.post(charge())
    assert len(reply.body) > 1_048_576
    assert reply.json["status"] == "approved"
    assert await caller.counts() == (1, 1)


async def test_a_compressed_body_is_a_bomb(caller: Caller) -> None:
    """It travels as less than a mebibyte, unpacks to a hundred, and is the payment in the end."""
    await caller.plan({"fault": "gzip_bomb"})
    reply = await caller.post(charge())
    assert len(reply.body) > 100_000_000
    assert reply.body.endswith(b"}")
    assert await caller.counts() == (1, 1)


async def test_a_body_can_be_too_deep_to_read(caller: Caller) -> None:
    """JSON nested a hundred thousand times, which the standard parser gives up on."""
    await caller.plan({"fault": "deep_json"})
    reply = await caller.post(charge())
    with pytest.raises(RecursionError):
        json.loads(reply.body)
    assert await caller.counts() == (1, 1)


async def test_keys_come_twice(caller: Caller) -> None:
    """The body holds two statuses; a parser that takes the last one sees the truth, another a decline."""
    await caller.plan({"fault": "duplicate_keys"})
    pairs = json.loads((await caller.post(charge())).body, object_pairs_hook=list)
    assert [value for name, value in pairs if name == "status"] == ["declined", "approved"]
    assert await caller.counts() == (1, 1)


@pytest.mark.parametrize(("fault", "member"), LIES)
async def test_the_answer_is_about_another_payment(caller: Caller, fault: str, member: str) -> None:
    """One member of the answer differs from the book; GET tells the truth."""
    await caller.plan({"fault": fault})
    told = (await caller.post(charge())).json
    true = (await caller.call("GET", f"/payments/{told['id']}")).json
    assert {name for name in true if true[name] != told[name]} == {member}
    assert await caller.counts() == (1, 1)
