"""Orders over HTTP: accepted as durably as in Python, refused with the same codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from producers.contract.api_keys import new_api_key, with_api_key
from producers.contract.strict_json import BYTES_MAX
from producers.runtime.embedded import EmbeddedValkey
from tests.application import Caller, Served, a_caller, served, settings_for
from tests.house.openapi.schemas import SCHEMAS
from tests.integration.http.conftest import Site
from tests.stack import CARD

CHARGE: dict[str, Any] = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
PATH = "/v1/charges"


@dataclass(frozen=True, slots=True)
class Shop:
    """A caller at an open door."""

    door: Served
    caller: Caller

    async def post(self, content: bytes, **headers: str) -> httpx.Response:
        return await self.door.client.post(PATH, content=content, headers={**self.caller.headers, **headers})

    async def charge(self, /, **changes: object) -> httpx.Response:
        return await self.post(json.dumps({**CHARGE, **changes}).encode())

    async def get(self, order_id: str) -> httpx.Response:
        return await self.door.client.get(f"{PATH}/{order_id}", headers=self.caller.headers)


@pytest.fixture
def shop(door: Served, caller: Caller) -> Shop:
    return Shop(door, caller)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which is a problem by its type."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


async def test_an_order_is_accepted_once(shop: Shop, site: Site) -> None:
    """202 with where it is found; the same again is 200, and no second row and no second wake-up."""
    first = await shop.charge()
    assert (first.status_code, first.headers["location"], first.json()["state"]) == (202, f"{PATH}/ORD-1", "accepted")
    again = await shop.charge()
    assert (again.status_code, again.json()) == (200, first.json())
    assert (site.orders(), site.queued()) == ({"pay:order:ORD-1"}, ["ORD-1"])
    assert shop.door.count("cardinity_accepts_total") == 1


async def test_an_accepted_order_is_told(shop: Shop) -> None:
    """GET shows what POST answered, and nothing of the card."""
    accepted = (await shop.charge()).json()
    answer = await shop.get("ORD-1")
    assert (answer.status_code, answer.json()) == (200, accepted)
    order = SCHEMAS["Order"]
    assert set(order["required"]) <= set(accepted) <= set(order["properties"])


async def test_other_content_is_a_conflict(shop: Shop) -> None:
    """The fields that differ are named, and the order stays what it was."""
    accepted = (await shop.charge()).json()
    answer = await shop.charge(amount="10.01", cvc="124", holder="Ona P.")
    assert told(answer) == (409, "order_conflict")
    assert [error["field"] for error in answer.json()["errors"]] == ["amount", "payment_instrument"]
    assert (await shop.get("ORD-1")).json() == accepted


async def test_many_at_once_make_one_order(shop: Shop, site: Site) -> None:
    """However they interleave, one of them is the first."""
    answers = await asyncio.gather(*(shop.charge() for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len(site.orders()) == 1


async def test_every_field_that_is_wrong_is_told_at_once(shop: Shop, site: Site) -> None:
    """With the codes of the Python API, and nothing is stored."""
    answer = await shop.charge(amount="10", country="UK", pan="4111", self="me")
    assert told(answer) == (422, "amount_scale")
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        ("amount", "amount_scale"), ("country", "country_unknown"), ("pan", "card_number_invalid"),
        ("self", "field_unknown"),
    }  # fmt: skip
    assert (site.orders(), site.queued()) == (set(), [])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"amount":"1.00","amount":"1.00"}', b'{"a":NaN}', b"[" * 99])
async def test_what_is_no_json_is_refused(shop: Shop, body: bytes) -> None:
    """400, with the byte where it ends to be JSON."""
    answer = await shop.post(body)
    assert told(answer) == (400, "json_invalid")
    assert "byte" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
async def test_what_is_no_object_is_refused(shop: Shop, body: bytes) -> None:
    """400: there are no fields in it."""
    assert told(await shop.post(body)) == (400, "payload_type")


async def test_a_body_that_is_too_long_is_not_read(shop: Shop) -> None:
    """By its own word, and where it says nothing at the byte that is too many; the connection ends."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * (BYTES_MAX // 4)

    declared = await shop.post(b" " * (BYTES_MAX + 1))
    assert (told(declared), declared.headers["connection"]) == ((413, "body_size"), "close")
    undeclared = await shop.door.client.post(PATH, content=pieces(), headers=shop.caller.headers)
    assert told(undeclared) == (413, "body_size")


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_another_media_type_is_refused(shop: Shop, media_type: str) -> None:
    """415: what is no JSON by its own word is not guessed at."""
    assert told(await shop.post(b"{}", **{"Content-Type": media_type})) == (415, "media_type")


async def test_a_media_type_may_have_parameters(shop: Shop) -> None:
    """And capitals."""
    answer = await shop.post(json.dumps(CHARGE).encode(), **{"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "api_key_missing"),
        ("", "api_key_missing"),
        ("Bearer", "api_key_missing"),
        ("Basic c2hvcDpzaG9w", "api_key_missing"),
        ("Bearer cbk_" + "A" * 43, "api_key_invalid"),
        ("Bearer x", "api_key_invalid"),
    ],
)
async def test_nobody_comes_in_without_a_key(shop: Shop, authorization: str | None, code: str) -> None:
    """401 before anything is read, with the way to come in."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for answer in (
        await shop.door.client.post(PATH, content=b"{", headers=headers),
        await shop.door.client.get(f"{PATH}/ORD-1", headers=headers),
    ):
        assert (told(answer), answer.headers["www-authenticate"]) == ((401, code), "Bearer")


async def test_two_keys_in_one_request_are_none(shop: Shop) -> None:
    """Which of them is meant cannot be known."""
    headers = [("Authorization", shop.caller.headers["Authorization"])] * 2
    assert told(await shop.door.client.get(f"{PATH}/ORD-1", headers=headers)) == (401, "api_key_missing")


async def test_a_key_that_was_disabled_is_refused(site: Site) -> None:
    """403: it was one of ours."""
    key = new_api_key("shop", requests_per_s=1, burst=1)
    text = with_api_key("", key).replace(b'"disabled":false', b'"disabled":true')
    file = site.directory / "api-keys.json"
    file.write_bytes(text)
    file.chmod(0o600)
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=str(file))
    async with served(settings) as door:
        headers = Caller(key.secret.reveal()).headers
        assert told(await door.client.get(f"{PATH}/ORD-1", headers=headers)) == (403, "api_key_disabled")


async def test_who_asks_too_often_waits(site: Site) -> None:
    """429 with the seconds to wait; keys of one producer share its limits, and another producer has its own."""
    (shop, file), (till, _) = a_caller(site.directory, requests_per_s=0.5, burst=2), a_caller(site.directory, "till")
    second, _ = a_caller(site.directory, requests_per_s=0.5, burst=2)
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=str(file))
    async with served(settings, clock=site.clock) as door:

        async def ask(caller: Caller) -> httpx.Response:
            return await door.client.get(f"{PATH}/ORD-1", headers=caller.headers)

        assert [(await ask(caller)).status_code for caller in (shop, second, till)] == [404, 404, 404]
        refused = await ask(shop)
        assert (told(refused), refused.headers["retry-after"]) == ((429, "too_many_requests"), "2")
        site.clock.now += 2
        assert (await ask(second)).status_code == 404
        assert (await ask(shop)).status_code == 429


@pytest.mark.parametrize("order_id", ["NOPE", "ord-1", "%2A", "%00", "ORD-1%0D%0AX%3A%20y", "%ED%A0%80", "%C3%A4"])
async def test_an_order_that_is_not_there_is_not_found(shop: Shop, order_id: str) -> None:
    """404, whatever was asked for."""
    await shop.charge()
    assert told(await shop.get(order_id)) == (404, "order_unknown")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", PATH, (405, "method_unknown")),
        ("PUT", f"{PATH}/ORD-1", (405, "method_unknown")),
        ("PATCH", f"{PATH}/ORD-1", (405, "method_unknown")),
        ("POST", f"{PATH}/", (404, "route_unknown")),
        ("GET", "/v1", (404, "route_unknown")),
        ("GET", "/", (404, "route_unknown")),
        ("GET", "/v2/charges/ORD-1", (404, "route_unknown")),
        ("GET", "//v1/charges/ORD-1", (404, "route_unknown")),
    ],
)
async def test_there_is_nothing_else(shop: Shop, method: str, path: str, expected: tuple[int, str]) -> None:
    """No redirect, no page, no hint at what runs here."""
    url = httpx.URL(shop.door.client.base_url).copy_with(raw_path=path.encode())
    answer = await shop.door.client.request(method, url, headers=shop.caller.headers)
    assert told(answer) == expected
    assert "server" not in answer.headers


async def test_without_keys_there_is_no_api(site: Site) -> None:
    """Off until somebody may come in."""
    async with served(settings_for(site.directory, site.queue_url, site.ledger_url)) as door:
        assert told(await door.client.post(PATH, content=b"{}")) == (404, "route_unknown")


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server that a test may stop."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server


async def test_a_ledger_that_is_away_is_told(own_valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """503 with when to repeat the same request; and when it is back the order is accepted."""
    caller, file = a_caller(tmp_path)
    settings = settings_for(tmp_path, own_valkey.url(0), own_valkey.url(1), API_KEYS_FILE=str(file))
    async with served(settings) as door:
        shop = Shop(door, caller)
        own_valkey.stop()
        refused = await shop.charge()
        assert (told(refused), refused.headers["retry-after"]) == ((503, "ledger_unavailable"), "1")
        assert (await door.client.get("/readyz")).text == "ledger_unavailable\n"
        own_valkey.start()
        assert (await shop.charge()).status_code in (200, 202)


async def test_a_ledger_that_is_another_is_a_lockdown(shop: Shop, site: Site) -> None:
    """503 with a code of its own, and nothing about the ledger; time mends nothing, so none is named."""
    with redis.Redis.from_url(site.ledger_url) as client:
        client.set("pay:epoch", "f" * 32)
    for answer in (await shop.charge(), await shop.get("ORD-1")):
        assert told(answer) == (503, "ledger_lockdown")
        assert "retry-after" not in answer.headers
        assert "f" * 32 not in answer.text


async def test_a_body_that_does_not_come_is_not_waited_for(
    shop: Shop, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408, and the connection ends: whoever sends a byte now and then holds nothing up."""
    monkeypatch.setattr("producers.http.bodies.BODY_S", 0.05)
    url = shop.door.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in shop.caller.headers.items())
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: door\r\nContent-Length: 100\r\n{head}\r\n{{".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 408 ")
    assert '"code":"body_timeout"' in answer
    assert site.orders() == set()


async def test_what_continues_a_charge_is_accepted_with_it(shop: Shop) -> None:
    """By the same body as in Python; another second instrument is a conflict that names it."""
    more = {"description": "Kettle", "backup": {**CARD, "pan": "5555555555554444"}, "needs_customer": "link"}
    first = await shop.charge(**more)
    assert (first.status_code, first.json()["successor"]) == (202, None)
    assert (await shop.charge(**more)).status_code == 200
    other = await shop.charge(**{**more, "backup": {"payment_id": "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"}})
    assert told(other) == (409, "order_conflict")
    wrong = await shop.charge(order_id="ORD-2", needs_customer="mail", backup=CARD)
    assert {each["code"] for each in wrong.json()["errors"]} == {"needs_customer_unknown", "backup_same"}
