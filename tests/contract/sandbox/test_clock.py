"""The clock of the sandbox: what it shows, how it is moved, what ages by it and what does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.wire import timestamp
from tests.contract.sandbox.caller import Caller, Reply
from tests.unit.sandbox.bodies import charge
from tests.unit.sandbox.clock import ManualClock

DAY_MS = 24 * 60 * 60 * 1000


async def test_it_shows_the_real_time_until_it_is_moved(caller: Caller, clock: ManualClock) -> None:
    """It goes on from where it was moved to, and tells its moves."""
    assert (await caller.admin("/clock")).json["now"] == timestamp(clock())
    moved = await _move(caller, advance_ms=DAY_MS)
    assert moved.json["now"] == timestamp(clock() + DAY_MS)
    clock.advance(5)
    shown = (await caller.admin("/clock")).json
    assert shown["now"] == timestamp(clock() + DAY_MS)
    assert [move["ahead_ms"] for move in shown["moves"]] == [0, DAY_MS]


async def test_it_never_goes_back(caller: Caller, clock: ManualClock) -> None:
    """To where it is, but not to a millisecond before; and a sandbox that forgets everything forgets no time."""
    await _move(caller, to_ms=clock() + DAY_MS)
    assert (await _move(caller, to_ms=clock() + DAY_MS)).status == 200
    refused = await _move(caller, to_ms=clock() + DAY_MS - 1)
    assert (refused.status, refused.json) == (400, {"error": "the clock only goes forward"})
    await caller.admin("/reset", b"")
    assert (await caller.admin("/clock")).json["now"] == timestamp(clock() + DAY_MS)


@pytest.mark.parametrize("wish", [{}, {"advance_ms": -1}, {"advance_ms": 1, "to_ms": 10**13}, {"to": "2030-01-01"}])
async def test_a_wish_that_is_none_is_refused(caller: Caller, wish: dict[str, Any]) -> None:
    """A whole number of milliseconds, one of the two."""
    assert (await _move(caller, **wish)).status == 400


async def test_a_hold_ages_by_it(caller: Caller, clock: ManualClock) -> None:
    """A week of the clock ends a hold that was made a moment ago; one that is made then lives its own week."""
    old = (await caller.post(charge(settle=False))).json["id"]
    clock.advance(1)
    await _move(caller, advance_ms=7 * DAY_MS)
    new = (await caller.post(charge(order_id="order-2", settle=False))).json["id"]
    settled = [await caller.call("POST", f"/payments/{held}/settlements", {"amount": "1.00"}) for held in (old, new)]
    assert [reply.status for reply in settled] == [402, 201]


async def test_a_link_ages_by_it(caller: Caller) -> None:
    """A day of the clock takes a day of a link's life, also where the link was made after other days had passed."""
    await _move(caller, advance_ms=3 * DAY_MS)
    link = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
    made = (await caller.call("POST", "/paymentLinks", link)).json
    await _move(caller, advance_ms=6 * DAY_MS)
    assert "Card number" in await _page(caller, made["url"])
    assert (await caller.call("PATCH", f"/paymentLinks/{made['id']}", {"enabled": True})).status == 200
    await _move(caller, advance_ms=DAY_MS)
    assert "expired" in await _page(caller, made["url"])


async def test_what_clients_prove_by_stays_in_real_time(caller: Caller, clock: ManualClock) -> None:
    """When a payment was made, and the time in a signature."""
    await _move(caller, advance_ms=30 * DAY_MS)
    paid = await caller.post(charge())
    assert (paid.status, paid.json["created"]) == (201, timestamp(clock()))


async def test_it_may_begin_elsewhere(clock: ManualClock) -> None:
    """In a year of its own, before or after the real one."""
    start = datetime(2026, 1, 31, 12, tzinfo=UTC)
    settings = SandboxSettings(starts_at=start)
    async with running(settings, now_ms=clock) as sandbox, aiohttp.ClientSession() as session:
        assert (await Caller(sandbox, session).admin("/clock")).json["now"] == "2026-01-31T12:00:00.000Z"


async def _move(caller: Caller, **wish: Any) -> Reply:
    return await caller.admin("/clock", json.dumps(wish).encode())


async def _page(caller: Caller, url: str) -> str:
    async with caller.session.get(url) as answer:
        return await answer.text()
