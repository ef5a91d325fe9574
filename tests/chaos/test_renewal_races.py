"""Schedulers that run at once and are killed: each period has one order and one charge, and none is left out."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.eventually import awaited, eventually
from tests.stack import CARD, Stack

#: Subscriptions that are due at the same moment; the pace makes a run long enough to be killed in its middle.
SUBSCRIPTIONS = 250
RATE = "60"
#: Schedulers at once, rounds of which all but one are killed, and the seconds after which they are.
SCHEDULERS, ROUNDS, KILLED_AFTER_S = 3, 4, (0.5, 4.0)
#: Late on the day on which they are due.
NOW = "2026-03-01T23:00:00Z"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_schedulers_race_and_die(tmp_path: Path, archive_url: str) -> None:
    """After rounds of `kill -9` one more run brings it all to an end: one charge per period, nothing unaccounted."""
    chance = random.Random(1)
    (tmp_path / "clock").write_text(NOW)
    more = {"ARCHIVE_URL": archive_url, "CLOCK_FILE": str(tmp_path / "clock"), "RENEWAL_RATE_MAX": RATE}
    with Stack(tmp_path / "stack", settings=more) as stack:
        stack.worker()
        settings = stack.settings()
        with upgraded(settings) as archive, Subscriptions(settings, archive) as subscriptions:
            card = _first_payment(stack)
            subscriptions.create_many(_row(number, card) for number in range(SUBSCRIPTIONS))
            for _ in range(ROUNDS):
                _round(stack, chance)
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


def _round(stack: Stack, chance: random.Random) -> None:
    """Several schedulers at once; all are killed, each at a moment of its own."""
    started = [stack.start(sys.executable, "-m", "workers.cli", "renew", "run") for _ in range(SCHEDULERS)]
    for process in started:
        _kill_after(process, chance.uniform(*KILLED_AFTER_S))


def _kill_after(process: subprocess.Popen[bytes], seconds: float) -> None:
    awaited(lambda: process.poll() is not None, within_s=seconds)
    process.kill()
    process.wait()


def _first_payment(stack: Stack) -> str:
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id="FIRST-1", amount="10.00", currency="EUR", country="LT", **CARD)
        payment_id = enqueuer.wait("FIRST-1", timeout_s=30).payment_id
    assert payment_id is not None
    return payment_id


def _row(number: int, card: str) -> dict[str, object]:
    return {
        "subscription_id": f"n{number}",
        "amount": "9.90",
        "currency": "EUR",
        "unit": "month",
        "country": "LT",
        "zone": "UTC",
        "start": "2026-03-01",
        "payment_id": card,
        "consent": "signup",
    }


def _renewals(settings: Settings, archive: Archive, till: LedgerTill) -> Renewals:
    return Renewals(archive, till, clock=clock_of(settings), rate_max=10_000)
