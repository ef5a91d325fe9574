"""The hosted page over HTTP: its form is signed as the gateway wants it, its answer read as it signs them."""

from __future__ import annotations

import json

import httpx

from cardinity_client.notifications.signing import form_message, signature_of
from tests.application import Caller, Served, served, settings_for
from tests.integration.http.conftest import Site
from tests.unit.client.notices import APPROVED, PAYMENT_ID, PROJECT, SECRET, body_of, signed

PAGE = {
    "order_id": "ORD-1",
    "amount": "25.50",
    "currency": "EUR",
    "country": "LT",
    "description": "Blue kettle",
    "return_url": "https://shop.example/paid",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def sign(door: Served, caller: Caller, **changes: object) -> httpx.Response:
    body = json.dumps({**PAGE, **changes}).encode()
    return await door.client.post("/v1/hosted-pages", content=body, headers=caller.headers)


async def read(door: Served, caller: Caller, body: bytes) -> httpx.Response:
    return await door.client.post("/v1/hosted-pages/answers", content=body, headers={**caller.headers, **FORM})


async def test_a_form_carries_what_was_asked_for_and_its_signature(door: Served, caller: Caller, site: Site) -> None:
    """Nothing is kept of it."""
    answer = await sign(door, caller, cancel_url="https://shop.example/basket", language="LT")
    form = answer.json()
    signature = form["fields"].pop("signature")
    assert (answer.status_code, form["action"]) == (200, "https://checkout.cardinity.com")
    assert form["fields"] == {**PAGE, "cancel_url": "https://shop.example/basket", "language": "LT",
                              "project_id": PROJECT}  # fmt: skip
    assert signature == signature_of(form_message(form["fields"]), SECRET)
    assert (site.orders(), site.queued()) == (set(), [])


async def test_an_answer_is_told_as_it_was_signed(door: Served, caller: Caller, site: Site) -> None:
    """As a hint, which changes nothing."""
    answer = await read(door, caller, body_of(signed(APPROVED)))
    told = answer.json()
    assert (answer.status_code, told["payment_id"], told["status"]) == (200, PAYMENT_ID, "approved")
    assert (told["amount"], told["live"], told["error"]) == ("25.50", False, None)
    assert (site.orders(), site.queued()) == (set(), [])


async def test_an_answer_that_was_changed_is_refused(door: Served, caller: Caller) -> None:
    """422 that names the signature; 401 would be about the caller."""
    body = body_of({**signed(APPROVED), "amount": "0.50"})
    problem = (await read(door, caller, body)).json()
    assert (problem["status"], problem["errors"][0]["code"]) == (422, "signature_invalid")


async def test_without_a_project_there_is_no_page(site: Site, caller: Caller) -> None:
    """404 with a code that says why."""
    given = {"API_KEYS_FILE": str(site.directory / "api-keys.json"), "HOSTED_PROJECT_ID": "", "HOSTED_SECRET": ""}
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, **given)
    async with served(settings) as door:
        for answer in (await sign(door, caller), await read(door, caller, body_of(signed(APPROVED)))):
            assert (answer.status_code, answer.json()["code"]) == (404, "hosted_page_off")
