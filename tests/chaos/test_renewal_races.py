"""Schedulers that run at once and are killed: each period has one order and one charge, and none is left out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.chaos.schedulers import first_payment, monthly, race
from tests.eventually import eventually
from tests.stack import Stack

#: Subscriptions that are due at the same moment; the pace makes a run long enough to be killed in its middle.
SUBSCRIPTIONS = 250
RATE = "60"
#: Rounds of schedulers that are killed.
ROUNDS = 4
#: Late on the day on which they are due.
NOW = "2026-03-01T23:00:00Z"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_schedulers_race_and_die(tmp_path: Path, archive_url: str) -> None:
    """After rounds of `kill -9` one more run brings it all to an end: one charge per period, nothing unaccounted."""
    chance = random.Random(1)
    more = {"ARCHIVE_URL": archive_url, "RENEWAL_RATE_MAX": RATE}
    with Stack(tmp_path / "stack", settings=more, starts_at=NOW) as stack:
        stack.worker()
        settings = stack.settings()
        with upgraded(settings) as archive, Subscriptions(settings, archive) as subscriptions:
            card = first_payment(stack)
            subscriptions.create_many(monthly(number, card) for number in range(SUBSCRIPTIONS))
            for _ in range(ROUNDS):
                race(stack, chance)
            with LedgerTill(settings) as till:
                renewals = _renewals(settings, archive, till)
                report = renewals.run()
                assert report.account is not None and report.account.unaccounted == 0
                eventually(
                    lambda: renewals.follow() or renewals.account().by_state["charged"] == SUBSCRIPTIONS,
                    "every period is charged",
                    within_s=120,
                )
        charges = {name: row for name, row in stack.charges().items() if name.startswith("sub.")}
        assert sorted(charges) == sorted(f"sub.n{number}.1" for number in range(SUBSCRIPTIONS))
        assert {row["approved"] for row in charges.values()} == {1}


def _renewals(settings: Settings, archive: Archive, till: LedgerTill) -> Renewals:
    return Renewals(archive, till, clock=clock_of(settings), rate_max=10_000)
