"""Customers who come back from their bank: a sealed answer is kept, whatever else comes costs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import redis

from producers.contract.continuation import ContinuationV1, ContinuationV2, written
from producers.contract.sessions import session_of
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.application import Caller, Served, a_caller, served, settings_for
from tests.integration.http.conftest import Site
from tests.ledgers import open_ledger, sending, settle

DOOR = "/callbacks/3ds"
V2 = ContinuationV2("https://acs.example/2", "c")
V1 = ContinuationV1("https://acs.example/1", "d")
RETURN_URL = "https://shop.example/paid?lang=lt"


@pytest.fixture(params=[V2, V1], ids=["version 2", "version 1"])
def step(request: pytest.FixtureRequest, site: Site) -> ContinuationV2 | ContinuationV1:
    """What ORD-1 waits for."""
    ledger = open_ledger(site.ledger_url)
    sending(ledger)
    settle(ledger, "pending", continuation=written(request.param).decode(), payment_id="p")
    asked: ContinuationV2 | ContinuationV1 = request.param
    return asked


@pytest.fixture
async def shop(site: Site, step: ContinuationV2 | ContinuationV1) -> AsyncIterator[tuple[Served, Caller]]:
    """An application whose door for customers is open, and somebody with a key."""
    caller, file = a_caller(site.directory)
    given = {"API_KEYS_FILE": str(file), "CALLBACK_RETURN_URL": RETURN_URL, "WEBHOOK_BURST": "20", "WEBHOOK_RATE": "1"}
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, **given)
    async with served(settings, clock=site.clock) as running:
        yield running, caller


async def post(door: Served, fields: dict[str, str]) -> httpx.Response:
    """What the bank's page makes the browser post."""
    return await door.client.post(DOOR, data=fields)


async def answer_of(door: Served, caller: Caller, text: str = "eyJ9") -> dict[str, str]:
    """The bank's answer to the form that the application made."""
    told = await door.client.get("/v1/charges/ORD-1/challenge", headers=caller.headers)
    fields = told.json()["fields"]
    if "MD" in fields:
        assert fields["TermUrl"] == "https://pay.example/callbacks/3ds"
        return {"PaRes": text, "MD": fields["MD"]}
    return {"cres": text, "threeDSSessionData": fields["threeDSSessionData"]}


def kept(site: Site) -> list[bytes]:
    """The answers on the ledger."""
    with redis.Redis.from_url(site.ledger_url) as ledger:
        return sorted(bytes(value) for value in ledger.hvals(keys.answers("ORD-1")))


async def test_an_answer_is_kept_and_its_customer_sent_on(
    site: Site, shop: tuple[Served, Caller], step: ContinuationV2 | ContinuationV1
) -> None:
    """To the shop, with the order's name; a worker is woken once, however often the page is posted."""
    door, caller = shop
    posted = await answer_of(door, caller)
    answers = [await post(door, posted) for _ in range(3)]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, f"{RETURN_URL}&order_id=ORD-1")
    }
    kind = b"cres" if step is V2 else b"pares"
    assert (kept(site), site.queued()) == ([b"1 " + kind + b" eyJ9"], ["ORD-1~1000001"])


async def test_what_nobody_sealed_is_not_kept(site: Site, shop: tuple[Served, Caller]) -> None:
    """A guessed name is no session: 400, the ledger is not asked, and the page says nothing of the order."""
    door, _ = shop
    for fields in ({"PaRes": "eyJ9", "MD": "ORD-1"}, {"cres": "eyJ9", "threeDSSessionData": "T1JELTE"}):
        answer = await post(door, fields)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
        assert "ORD" not in answer.text
    assert (kept(site), site.queued()) == ([], [])


async def test_an_order_that_waits_for_nobody_is_told_the_same(shop: tuple[Served, Caller]) -> None:
    """Sealed, but unknown here: the customer is sent on, for how an order ended is for the shop to say."""
    door, _ = shop
    session = session_of("NOBODY-1", door.services.enqueuer.session_key)
    answer = await post(door, {"PaRes": "eyJ9", "MD": session})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{RETURN_URL}&order_id=NOBODY-1")


async def test_one_source_cannot_come_all_the_time(shop: tuple[Served, Caller]) -> None:
    """After its burst it waits, and is told so by a page."""
    door, _ = shop
    answers = [await post(door, {"MD": "x"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429]
    assert (answers[-1].headers["retry-after"], "Please try again" in answers[-1].text) == ("1", True)


async def test_a_page_holds_nothing_that_runs_or_comes_from_elsewhere(shop: tuple[Served, Caller]) -> None:
    """Its own style alone, and it is kept by nobody."""
    door, _ = shop
    answer = await post(door, {"MD": "<script>alert(1)</script>"})
    assert "script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


async def test_it_is_shut_without_its_address(site: Site, caller: Caller) -> None:
    """No door, and no form that would lead there."""
    settings = settings_for(
        site.directory, site.queue_url, site.ledger_url,
        API_KEYS_FILE=str(site.directory / "api-keys.json"), CALLBACK_URL="",
    )  # fmt: skip
    async with served(settings) as door:
        assert (await post(door, {"MD": "x"})).json()["code"] == "route_unknown"
        told = await door.client.get("/v1/charges/ORD-1/challenge", headers=caller.headers)
        assert (told.status_code, told.json()["code"]) == (404, "callback_off")


async def test_when_redis_is_away_the_browser_may_post_it_again(site: Site) -> None:
    """503 with a page, and nothing is kept that was not."""
    mine = EmbeddedValkey(site.directory / "valkey")
    mine.start()
    try:
        settings = settings_for(site.directory / "mine", mine.url(0), mine.url(1))
        async with served(settings) as door:
            session = session_of("ORD-1", door.services.enqueuer.session_key)
            mine.stop()
            answer = await post(door, {"PaRes": "eyJ9", "MD": session})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert "Please try again" in answer.text
    finally:
        mine.stop()
