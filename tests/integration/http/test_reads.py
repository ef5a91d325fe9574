"""What the gateway has, over HTTP: as it tells it, for those who have a key, and only where credentials were given."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cardinity_client.sandbox import Running, SandboxSettings, running
from tests.application import CREDENTIALS, Caller, Served, served, settings_for
from tests.house.openapi.gateway import SCHEMAS
from tests.integration.http.conftest import Site

LISTS = ("/v1/payments", "/v1/chargebacks")
KINDS = ("refunds", "settlements", "voids", "chargebacks", "rdrs")
NOBODYS = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    """A gateway with one payment and its chargeback."""
    async with running(SandboxSettings(seeded_chargeback=True)) as gateway:
        yield gateway


@pytest.fixture
async def reader(site: Site, caller: Caller, sandbox: Running) -> AsyncIterator[Served]:
    """An application with credentials."""
    given = {**CREDENTIALS, "CARDINITY_BASE_URL": sandbox.url, "READ_DEADLINE_S": "2"}
    keys = str(site.directory / "api-keys.json")
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=keys, **given)
    async with served(settings) as door:
        yield door


async def get(door: Served, caller: Caller, path: str) -> httpx.Response:
    return await door.client.get(path, headers=caller.headers)


async def items(door: Served, caller: Caller, path: str) -> list[dict[str, Any]]:
    """The rows of a list, none of them unread."""
    told = (await get(door, caller, path)).json()
    assert told["unread"] == 0
    found: list[dict[str, Any]] = told["items"]
    return found


async def test_payments_are_told_as_the_gateway_has_them(reader: Served, caller: Caller) -> None:
    """The list and the one payment say the same, in the members of the document."""
    (listed,) = await items(reader, caller, "/v1/payments?limit=1")
    one = (await get(reader, caller, f"/v1/payments/{listed['id']}")).json()
    assert one == listed
    assert set(one) == set(SCHEMAS["Payment"]["properties"])
    assert (one["kind"], one["status"]) == ("payment", "approved")


async def test_chargebacks_are_told_of_the_account_and_of_the_payment(reader: Served, caller: Caller) -> None:
    """All three ways to ask tell the same one."""
    (listed,) = await items(reader, caller, "/v1/chargebacks")
    path = f"/v1/payments/{listed['payment_id']}/chargebacks"
    assert await items(reader, caller, path) == [listed]
    assert (await get(reader, caller, f"{path}/{listed['id']}")).json() == listed
    assert set(listed) == set(SCHEMAS["Dispute"]["properties"])


@pytest.mark.parametrize("kind", KINDS)
async def test_what_followed_a_payment_is_told(kind: str, reader: Served, caller: Caller, sandbox: Running) -> None:
    """A list, which may be empty, and one of it."""
    (payment,) = await items(reader, caller, "/v1/payments")
    path = f"/v1/payments/{payment['id']}/{kind}"
    for row in await items(reader, caller, path):
        assert (await get(reader, caller, f"{path}/{row['id']}")).json() == row
    missing = await get(reader, caller, f"{path}/{NOBODYS}")
    assert (missing.status_code, missing.json()["code"]) == (404, "object_not_found")


async def test_a_payment_that_nobody_made_is_not_found(reader: Served, caller: Caller) -> None:
    """The gateway's own word."""
    answer = await get(reader, caller, f"/v1/payments/{NOBODYS}")
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")


async def test_a_key_that_the_gateway_refuses_is_for_an_operator(
    reader: Served, caller: Caller, sandbox: Running
) -> None:
    """502, and asking again does not help."""
    sandbox.account.take_only("another", "secret")
    answer = await get(reader, caller, "/v1/payments")
    assert (answer.status_code, answer.json()["code"]) == (502, "account_problem")
    assert "retry-after" not in answer.headers


async def test_a_gateway_that_does_not_answer_may_be_asked_again(site: Site, caller: Caller) -> None:
    """503 with Retry-After; the application lives on."""
    given = {**CREDENTIALS, "CARDINITY_BASE_URL": "http://127.0.0.1:1/v1", "READ_DEADLINE_S": "0.2"}
    keys = str(site.directory / "api-keys.json")
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=keys, **given)
    async with served(settings) as door:
        answer = await get(door, caller, "/v1/payments")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await door.client.get("/livez")).status_code == 200


async def test_nothing_is_asked_without_a_key(reader: Served, sandbox: Running) -> None:
    """401 before the gateway hears of it."""
    for path in LISTS:
        answer = await reader.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_missing")
    assert sandbox.account.book.latest(100)


@pytest.mark.parametrize("path", [*LISTS, f"/v1/payments/{NOBODYS}", *(f"/v1/payments/{NOBODYS}/{k}" for k in KINDS)])
async def test_without_credentials_it_asks_nobody(path: str, door: Served, caller: Caller) -> None:
    """404 with a code that says why."""
    answer = await get(door, caller, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "gateway_off")


async def test_a_link_is_not_changed_without_credentials(door: Served, caller: Caller) -> None:
    """It may be withdrawn all the same, for a worker does that."""
    link = {"order_id": "LINK-1", "amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
    await door.client.post("/v1/links", content=json.dumps(link).encode(), headers=caller.headers)
    changed = await door.client.patch("/v1/links/LINK-1", content=b'{"enabled":false}', headers=caller.headers)
    assert (changed.status_code, changed.json()["code"]) == (404, "gateway_off")
    withdrawn = await door.client.delete("/v1/links/LINK-1", headers=caller.headers)
    assert (withdrawn.status_code, withdrawn.json()["order_id"]) == (202, "LINK-1")
