"""A subscription from its first card to its renewals, through the whole system, on both archive databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.eventually import eventually
from tests.stack import CARD, Stack

#: A moment at which the charges below are due.
START = "2026-01-31T23:00:00Z"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Valkey, gateway and one worker, in a year of their own."""
    with Stack(tmp_path_factory.mktemp("renewals"), starts_at=START) as stack:
        stack.worker()
        yield stack


@pytest.fixture
def settings(stack: Stack, archive_url: str) -> Settings:
    """Settings of the scheduler: the stack's, with an archive of its own."""
    return Settings.from_environ(stack.env | {"ARCHIVE_URL": archive_url})


def test_a_renewal_is_charged_once_and_its_period_says_so(stack: Stack, settings: Settings) -> None:
    """Created, planned, run twice: the gateway has one charge of the period, and the period is charged."""
    name = f"gym-{datetime.now(UTC).timestamp():.6f}".replace(".", "-")
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=f"{name}-1", amount="10.00", currency="EUR", country="LT", **CARD)
        paid = enqueuer.wait(f"{name}-1", timeout_s=30)
    with upgraded(settings) as archive, LedgerTill(settings) as till, Subscriptions(settings, archive) as subscriptions:
        renewals = _renewals(settings, archive, till)
        subscriptions.add_plan(plan_id="gym", amount="19.90", currency="EUR", unit="month")
        subscriptions.create(
            subscription_id=name, plan_id="gym", country="LT", zone="Europe/Vilnius", start="2026-01-31",
            payment_id=paid.payment_id, consent="signup-1",
        )  # fmt: skip
        plan = renewals.plan()
        assert plan.lines == [f"charge sub.{name}.1 19.90 EUR"]
        assert renewals.run(plan.hash).charges == 1
        assert renewals.run().charges == 0
        eventually(lambda: renewals.follow() or renewals.account().by_state["charged"], "the period is charged")
        assert renewals.account().unaccounted == 0
    assert stack.charges()[f"sub.{name}.1"]["approved"] == 1


def _renewals(settings: Settings, archive: Archive, till: LedgerTill) -> Renewals:
    return Renewals(archive, till, clock=clock_of(settings), rate_max=settings.renewal_rate_max)
