"""Payment links over the wire: create, get, update, delete, and what they refuse."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.wire import timestamp
from tests.contract.sandbox.caller import Caller, Reply
from tests.eventually import eventually_async
from tests.unit.sandbox.clock import ManualClock

LINK: dict[str, Any] = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
DAY_MS = 24 * 60 * 60 * 1000
NIL = "00000000-0000-0000-0000-000000000000"


async def test_a_link_is_told_back_whole(caller: Caller, clock: ManualClock) -> None:
    """201 with every member; it lives seven days unless it says otherwise, and GET agrees."""
    reply = await _make(caller, country="LT")
    link = reply.json
    assert (reply.status, (await caller.call("GET", f"/paymentLinks/{link['id']}")).json) == (201, link)
    assert link == {
        "id": link["id"],
        "url": f"{caller.running.origin}/checkout/link/{link['id']}",
        "amount": "40.00",
        "currency": "EUR",
        "country": "LT",
        "description": "Invoice 77",
        "expiration_date": timestamp(clock() + 7 * DAY_MS),
        "multiple_use": False,
        "enabled": True,
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{}:00Z", "{}:00.000Z"),
        ("{}:00.5Z", "{}:00.500Z"),
        ("{}:00.123Z", "{}:00.123Z"),
        ("{}:07.123400Z", "{}:07.123Z"),
    ],
)
async def test_the_expiry_is_told_to_the_millisecond(caller: Caller, given: str, told: str) -> None:
    """UTC with a Z, with or without a fraction."""
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT12:30")
    reply = await _make(caller, expiration_date=given.format(day), multiple_use=None)
    assert (reply.json["expiration_date"], reply.json["multiple_use"]) == (told.format(day), False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "0.49"}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "EGR"}, "currency"),
        ({"description": None}, "description"),
        ({"description": ""}, "description"),
        ({"description": "x" * 256}, "description"),
        ({"country": "LTU"}, "country"),
        ({"multiple_use": "yes"}, "multiple_use"),
        ({"expiration_date": "2026-02-01T12:00:00"}, "expiration_date"),
        ({"expiration_date": "2026-02-01T12:00:00+00:00"}, "expiration_date"),
        ({"expiration_date": "2026-13-01T12:00:00Z"}, "expiration_date"),
        ({"expiration_date": "2020-01-01T00:00:00Z"}, "expiration_date"),
        ({"expiration_date": "2999-01-01T00:00:00Z"}, "expiration_date"),
        ({"expiration_date": "0001-01-01T00:00:00Z"}, "expiration_date"),
    ],
)
async def test_a_bad_link_is_a_validation_error(caller: Caller, changes: dict[str, Any], field: str) -> None:
    """400 that names the field."""
    reply = await _make(caller, **changes)
    assert (reply.status, [error["field"] for error in reply.json["errors"]]) == (400, [field])


async def test_the_limit_of_the_future_is_a_setting(caller: Caller, clock: ManualClock) -> None:
    """90 days and not a millisecond more."""
    assert (await _make(caller, expiration_date=timestamp(clock() + 90 * DAY_MS))).status == 201
    assert (await _make(caller, expiration_date=timestamp(clock() + 90 * DAY_MS + 1))).status == 400


async def test_a_link_is_changed(caller: Caller, clock: ManualClock) -> None:
    """PATCH changes the expiry, whether it is enabled, or both, and nothing else."""
    link = (await _make(caller)).json
    later = timestamp(clock() + DAY_MS)
    for change in ({"enabled": False}, {"expiration_date": later}, {"enabled": True, "description": "ignored"}):
        reply = await caller.call("PATCH", f"/paymentLinks/{link['id']}/", change)
        assert reply.status == 200
    assert reply.json == {**link, "expiration_date": later}
    senseless: list[Any] = [{}, {"enabled": "yes"}, {"expiration_date": "soon"}, [], b""]
    for nothing in senseless:
        assert (await caller.call("PATCH", f"/paymentLinks/{link['id']}", nothing)).status == 400


async def test_a_deleted_link_stays_deleted(caller: Caller) -> None:
    """DELETE answers 200 with the object, GET says so too, and nothing brings it back."""
    link = (await _make(caller)).json
    path = f"/paymentLinks/{link['id']}"
    gone = {**link, "enabled": False, "deleted": True}
    assert [(reply.status, reply.json) for reply in [await caller.call("DELETE", path) for _ in "12"]] == [
        (200, gone)
    ] * 2
    assert (await caller.call("GET", path)).json == gone
    assert (await caller.call("PATCH", path, {"enabled": True})).status == 400


async def test_an_unknown_link_is_404_and_there_is_no_list(caller: Caller) -> None:
    """No id, no link; and no account can list its links."""
    statuses = [(await caller.call(method, f"/paymentLinks/{NIL}", {})).status for method in ("GET", "PATCH", "DELETE")]
    assert statuses == [404, 404, 404]
    assert (await caller.call("GET", "/paymentLinks")).status == 405
    assert (await caller.call("POST", "/paymentlinks", LINK)).status == 404


async def test_an_account_may_have_no_links() -> None:
    """400 with the words that clients look for."""
    async with running(SandboxSettings(links_enabled=False)) as sandbox, aiohttp.ClientSession() as session:
        reply = await _make(Caller(sandbox, session))
    assert reply.status == 400
    assert b"Payment links are disabled for this account" in reply.body


async def test_a_link_meets_faults_and_is_counted(caller: Caller) -> None:
    """A lost answer leaves a link behind, a second delivery two; deletions are counted by link."""
    await caller.plan(
        {"fault": "http_500_after", "operation": "link", "description": "lost"},
        {"fault": "delivered_twice", "operation": "link", "description": "twice"},
        {"fault": "http_503_before", "operation": "link_delete", "times": 1},
    )
    statuses = [(await _make(caller, description=token)).status for token in ("lost", "twice", "plain")]
    link = (await _make(caller)).json["id"]
    statuses += [(await caller.call("DELETE", f"/paymentLinks/{link}")).status for _ in "12"]
    assert statuses == [500, 201, 201, 503, 200]
    rows = (await caller.admin("/operations")).json["operations"]
    assert [tuple(row.values())[2:5] for row in rows] == [
        ("lost", 1, 1),
        ("twice", 1, 2),
        ("plain", 1, 1),
        ("Invoice 77", 1, 1),
        (None, 2, 1),
    ]


async def test_a_change_lands_when_it_is_due(caller: Caller, clock: ManualClock) -> None:
    """The client has left; the next look at the link shows the change."""
    link = (await _make(caller)).json
    path = f"/paymentLinks/{link['id']}"
    await caller.plan({"fault": "late_landing", "operation": "link_update", "delay_ms": 5000})
    waiting = asyncio.create_task(caller.call("PATCH", path, {"enabled": False}))
    await _until_asked(caller)
    waiting.cancel()
    clock.advance(4999)
    assert (await caller.call("GET", path)).json == link
    clock.advance(1)
    assert (await caller.call("GET", path)).json == {**link, "enabled": False}


async def test_a_late_change_does_not_bring_a_link_back(caller: Caller, clock: ManualClock) -> None:
    """A change that lands after the deletion finds nothing to change."""
    path = f"/paymentLinks/{(await _make(caller)).json['id']}"
    await caller.plan({"fault": "late_landing", "operation": "link_update", "delay_ms": 5000})
    waiting = asyncio.create_task(caller.call("PATCH", path, {"enabled": True}))
    await _until_asked(caller)
    waiting.cancel()
    gone = (await caller.call("DELETE", path)).json
    clock.advance(5000)
    assert (await caller.call("GET", path)).json == gone


async def _until_asked(caller: Caller) -> None:
    async def arrived() -> bool:
        rows = (await caller.admin("/operations")).json["operations"]
        return any(row["operation"] == "link_update" for row in rows)

    await eventually_async(arrived, "the change has arrived")


async def _make(caller: Caller, **changes: Any) -> Reply:
    return await caller.call("POST", "/paymentLinks", {**LINK, **changes})
