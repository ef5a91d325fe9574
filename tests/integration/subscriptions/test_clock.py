"""Renewals by the sandbox's clock: what the ledger tells in real time is read as what that clock showed then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cardinity_client.money import Money
from cardinity_client.sandbox import Running, SandboxSettings
from producers.contract.renewals import NETWORK_BUDGET
from producers.errors import ClockRefused, ClockUnavailable
from producers.runtime.clock_door import ClockDoor
from producers.runtime.settings import Settings
from producers.subscriptions.book.tables import ATTEMPTS
from producers.subscriptions.clock import clock_of
from producers.subscriptions.till import Card
from tests.contract.sandbox.serving_thread import serve
from tests.integration.subscriptions.shop import CARD, OPENING, Shop, shop

#: What the clock shows first.
START = datetime(2030, 1, 31, 12, tzinfo=UTC)
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """One whose clock begins in a year of its own."""
    with serve(SandboxSettings(starts_at=START)) as running:
        yield running


@pytest.fixture(name="shop")
def _shop(sandbox: Running, tmp_path: Path, archive_url: str, queue_url: str, ledger_url: str) -> Iterator[Shop]:
    """A merchant who goes by it."""
    more = {"CLOCK_URL": _url(sandbox), "NETWORK_BUDGETS": "visa=1/1d"}
    with shop(tmp_path, archive_url, queue_url, ledger_url, **more) as opened:
        yield opened


def test_the_end_of_an_order_is_told_in_the_clocks_time(shop: Shop, sandbox: Running) -> None:
    """By as much as the clock was ahead when it was told, whatever the clock shows by now."""
    shop.subscribe()
    shop.renewals.run()
    shop.bank_says("sub.s1.1", "approved")
    ClockDoor(_url(sandbox)).advance(30 * DAY_MS)
    shop.renewals.follow()
    with shop.archive.reading() as connection:
        ended_at_ms = connection.scalar(select(ATTEMPTS.c.ended_at_ms))
    assert ended_at_ms == sandbox.account.clock.timeline.at(int(OPENING.timestamp() * 1000))


def test_a_networks_day_is_a_day_of_the_clock(shop: Shop, sandbox: Running) -> None:
    """A budget that is used up is free again when the clock has gone on by its window."""
    declined_at_ms = time.time_ns() // 1_000_000
    shop.client.zadd(f"pay:declines:default:{CARD}:990EUR", {"visa before": declined_at_ms})
    card = Card("default", CARD, Money(990, "EUR"))
    (before,) = shop.till.against([card])
    assert before == (NETWORK_BUDGET, sandbox.account.clock.timeline.at(declined_at_ms) + DAY_MS)
    ClockDoor(_url(sandbox)).advance(DAY_MS)
    assert shop.till.against([card])[0].reason == ""


def test_the_clock_is_read_and_moved_from_outside(sandbox: Running, shop: Shop) -> None:
    """It runs on from where it began, goes where it is told to, and never back."""
    clock = clock_of(shop.settings)
    assert START <= clock() < START + timedelta(hours=1)
    door = ClockDoor(_url(sandbox))
    door.move_to(round((START + timedelta(days=40)).timestamp() * 1000))
    assert START + timedelta(days=40) <= clock() < START + timedelta(days=40, hours=1)
    with pytest.raises(ClockRefused, match="only goes forward"):
        door.move_to(round(START.timestamp() * 1000))


@pytest.mark.parametrize("path", ["/_sandbox/healthz", "/_sandbox/nothing", "/v1/payments"])
def test_what_is_no_clock_is_said_to_be_none(sandbox: Running, path: str) -> None:
    """Another answer, or none: renewals do not fall back on a time that nobody asked for."""
    for url in (f"{sandbox.origin}{path}", "http://127.0.0.1:9/_sandbox/clock"):
        settings = Settings.from_environ({"CLOCK_URL": "http://127.0.0.1:9/_sandbox/clock"})
        with pytest.raises(ClockUnavailable):
            ClockDoor(url).timeline()
        with pytest.raises(ClockUnavailable):
            clock_of(settings)()


def _url(sandbox: Running) -> str:
    return f"{sandbox.origin}/_sandbox/clock"
