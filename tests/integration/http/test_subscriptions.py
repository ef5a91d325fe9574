"""Subscriptions over HTTP, on a real archive of either kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from producers.errors import ClockUnavailable, ProducerError
from producers.http.async_subscriptions import THREADS_MAX
from producers.http.refusals import answer_to
from producers.runtime.archive.database import Archive
from producers.subscriptions import Subscriptions
from producers.subscriptions.book.tables import PERIODS
from producers.subscriptions.dunning import notices, retries
from producers.subscriptions.dunning.notices import Notice
from tests.application import Caller, Served, served, settings_for
from tests.archives import upgraded
from tests.integration.http.conftest import Site

PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
PLAN = {"plan_id": "gym", "amount": "19.90", "currency": "EUR", "unit": "month"}
GYM = {
    "subscription_id": "gym-42", "plan_id": "gym", "country": "LT", "zone": "Europe/Vilnius", "start": "2030-01-31",
    "payment_id": PAYMENT, "consent": "form 42", "customer": "ona",
}  # fmt: skip


class Merchant:
    """Somebody with a key who asks."""

    def __init__(self, door: Served, caller: Caller) -> None:
        self._door = door
        self._headers = caller.headers

    async def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> httpx.Response:
        """One request under /v1."""
        body = b"" if fields is None else json.dumps(fields).encode()
        return await self._door.client.request(method, f"/v1/{path}", content=body, headers=self._headers)


@pytest.fixture
async def door(site: Site, caller: Caller, bare_archive_url: str) -> AsyncIterator[Served]:
    """An application on an archive that is empty of everything, tables too; once of each kind."""
    async with _opened(site, bare_archive_url) as running:
        yield running


@pytest.fixture
def merchant(door: Served, caller: Caller) -> Merchant:
    return Merchant(door, caller)


@pytest.fixture
async def gym(door: Served, merchant: Merchant) -> Merchant:
    """With a plan and one subscription."""
    upgraded(door.services.settings).close()
    await merchant.ask("POST", "subscription-plans", PLAN)
    await merchant.ask("POST", "subscriptions", GYM)
    return merchant


async def test_without_an_archive_there_are_none(merchant: Merchant, door: Served) -> None:
    """503 with the code that says what to do, until the archive is upgraded; the application need not start again."""
    before = await merchant.ask("GET", "subscriptions")
    assert (before.status_code, before.json()["code"]) == (503, "archive_outdated")
    assert "retry-after" not in before.headers
    upgraded(door.services.settings).close()
    after = await merchant.ask("GET", "subscriptions")
    assert (after.status_code, after.json()) == (200, {"items": []})
    assert door.count("cardinity_unexpected_errors_total", where="http") == 0
    assert door.count("cardinity_http_requests_total", route="subscriptions", answer="unavailable") == 1


@pytest.mark.parametrize("url", ["sqlite:////dev/null/archive.sqlite3", "postgresql://nobody@127.0.0.1:1/nothing"])
async def test_an_archive_that_cannot_be_opened_is_told(site: Site, caller: Caller, url: str) -> None:
    """As one that does not answer: to be asked again."""
    async with _opened(site, url) as door:
        answer = await Merchant(door, caller).ask("GET", "subscriptions/gym-42")
    assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("error", "again"),
    [(ProducerError("extra_missing", "no driver"), False), (ClockUnavailable("nobody answers"), True)],
)
def test_what_an_operator_must_mend_is_not_to_be_asked_again(error: ProducerError, again: bool) -> None:
    """503 both, and `Retry-After` only where time mends it."""
    answer = answer_to(error)
    assert answer is not None
    assert (answer.status_code, "retry-after" in answer.headers) == (503, again)


async def test_a_subscription_is_created_once_and_told(gym: Merchant, door: Served) -> None:
    """201 with where it is, 200 for the same again, 409 for another under its name; Python reads the same."""
    new = {**GYM, "subscription_id": "gym-43"}
    answers = [await gym.ask("POST", "subscriptions", {**new, **more}) for more in ({}, {}, {"country": "LV"})]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert answers[0].headers["location"] == "/v1/subscriptions/gym-43"
    told = await gym.ask("GET", "subscriptions/gym-43")
    assert told.json() == answers[0].json() == answers[1].json()
    assert [error["field"] for error in answers[2].json()["errors"]] == ["country"]
    with Subscriptions(door.services.settings) as subscriptions:
        assert subscriptions.get("gym-43").payment_id == PAYMENT


async def test_a_plan_is_added_once(gym: Merchant) -> None:
    """The same again is the same; another under its name is refused; its dunning is set whole."""
    answers = [await gym.ask("POST", "subscription-plans", {**PLAN, **more}) for more in ({}, {"amount": "1.00"})]
    assert [answer.status_code for answer in answers] == [200, 409]
    set_ = await gym.ask("PUT", "subscription-plans/gym/dunning", {"waits_d": [1, 2], "when_over": "cancel"})
    assert (set_.json()["dunning"]["waits_d"], set_.json()["dunning"]["when_over"]) == ([1, 2], "cancel")
    assert (await gym.ask("POST", "subscription-plans", PLAN)).json() == set_.json()
    assert (await gym.ask("GET", "subscription-plans")).json() == {"items": [set_.json()]}


async def test_they_are_listed_by_id(gym: Merchant) -> None:
    """From behind one on, so many, of a customer, in a state."""
    for name in ("gym-43", "gym-44"):
        await gym.ask("POST", "subscriptions", {**GYM, "subscription_id": name, "customer": "jonas"})
    await gym.ask("POST", "subscriptions/gym-44/pause")

    async def listed(query: str) -> list[str]:
        answer = await gym.ask("GET", f"subscriptions?{query}")
        return [item["subscription_id"] for item in answer.json()["items"]]

    assert await listed("limit=2") == ["gym-42", "gym-43"]
    assert await listed("after=gym-42") == ["gym-43", "gym-44"]
    assert await listed("customer=jonas&state=active") == ["gym-43"]


async def test_deeds_are_answered_with_what_came_of_them(gym: Merchant) -> None:
    """Each may be repeated; the terms change with consent only."""
    deeds: list[tuple[str, dict[str, Any] | None, str, object]] = [
        ("pause", None, "state", "paused"),
        ("pause", None, "state", "paused"),
        ("resume", None, "state", "active"),
        ("consent", {"consent": "form 9", "consent_at": "2026-01-31T10:00:00+02:00"}, "state", "active"),
        ("convert", None, "state", "active"),
        ("card", {"payment_id": PAYMENT.replace("3f", "4f", 1)}, "payment_id", PAYMENT.replace("3f", "4f", 1)),
        ("cancel", {"at_period_end": True}, "state", "cancelled"),
        ("cancel", {}, "state", "cancelled"),
    ]
    changed = await gym.ask("POST", "subscriptions/gym-42/change", {"amount": "21.90", "consent": "e-mail 7"})
    assert changed.json()["terms"][0]["amount"] == "21.90"
    for deed, fields, name, value in deeds:
        answer = await gym.ask("POST", f"subscriptions/gym-42/{deed}", fields)
        assert (answer.status_code, answer.json()[name]) == (200, value), deed
    late = await gym.ask("POST", "subscriptions/gym-42/resume")
    assert (late.status_code, late.json()["code"]) == (409, "subscription_cancelled")


async def test_a_notice_is_told_until_it_is_taken(gym: Merchant, door: Served) -> None:
    """Taken once; again takes nothing."""
    notice = Notice("trial_ending", "gym-42", 1, "sub.gym-42.1", 1_800_000_000_001)
    with upgraded(door.services.settings) as archive, archive.writing() as connection:
        notices.put(connection, [notice])
    (told,) = (await gym.ask("GET", "subscription-notices")).json()["items"]
    assert (told["notice_id"], told["kind"], told["subscription_id"]) == (notice.notice_id, "trial_ending", "gym-42")
    taken = [await gym.ask("DELETE", f"subscription-notices/{told['notice_id']}") for _ in "12"]
    assert [answer.json() for answer in taken] == [{"taken": 1}, {"taken": 0}]
    assert (await gym.ask("GET", "subscription-notices")).json() == {"items": []}


async def test_its_periods_are_told_newest_first(gym: Merchant, door: Served) -> None:
    """So many, and from below one on; what is nobody's has none. Before the first run nothing was due."""
    assert (await gym.ask("GET", "subscriptions/gym-42/periods")).json() == {"items": []}
    due = [_period_row("gym-42", number) for number in (1, 2, 3)]
    with upgraded(door.services.settings) as archive, archive.writing() as connection:
        connection.execute(insert(PERIODS), due)

    async def told(query: str = "") -> list[tuple[int, str]]:
        answer = await gym.ask("GET", f"subscriptions/gym-42/periods{query}")
        return [(item["period"], item["state"]) for item in answer.json()["items"]]

    assert await told() == [(3, "held"), (2, "held"), (1, "held")]
    assert await told("?before=3&limit=1") == [(2, "held")]
    nobodys = await gym.ask("GET", "subscriptions/gym-43/periods")
    assert (nobodys.status_code, nobodys.json()["code"]) == (404, "subscription_unknown")


async def test_a_slow_archive_holds_up_no_orders(gym: Merchant, door: Served) -> None:
    """More writers wait than there are threads; a charge is accepted all the same, and then they are answered."""
    charge = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", "payment_id": PAYMENT}
    with Archive(door.services.settings) as archive, archive.writing() as connection:
        retries.lock(connection, ["gym-42"])
        waiting = [asyncio.create_task(gym.ask("POST", "subscriptions/gym-42/pause")) for _ in range(THREADS_MAX + 1)]
        assert (await gym.ask("POST", "charges", charge)).status_code == 202
        assert not any(task.done() for task in waiting)
    assert [(await task).status_code for task in waiting] == [200] * len(waiting)


async def test_nobody_without_a_key_is_told_anything(gym: Merchant, door: Served) -> None:
    """Not even whether there is an archive."""
    for method, path in (
        ("GET", "subscriptions"),
        ("POST", "subscriptions/gym-42/cancel"),
        ("GET", "subscription-plans"),
    ):
        assert (await door.client.request(method, f"/v1/{path}")).status_code == 401


def _period_row(name: str, number: int) -> dict[str, Any]:
    """A period that is held, as a run writes it."""
    at_ms = 1_800_000_000_000 + number
    moments = dict.fromkeys(("starts_at_ms", "ends_at_ms", "due_at_ms", "changed_at_ms"), at_ms)
    money = {"amount_minor": 1990, "currency": "EUR"}
    held = {"state": "held", "reason": "missed", "attempt": 0}
    return {"subscription_id": name, "number": number, "zone": "Europe/Vilnius", **moments, **money, **held}


def _opened(site: Site, archive_url: str) -> AbstractAsyncContextManager[Served]:
    keys = str(site.directory / "api-keys.json")
    more = {"API_KEYS_FILE": keys, "ARCHIVE_URL": archive_url}
    return served(settings_for(site.directory, site.queue_url, site.ledger_url, **more), clock=site.clock)
