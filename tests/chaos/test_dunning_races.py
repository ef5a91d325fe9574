"""Schedulers that race and are killed while the bank declines: never two attempts at once, never two charges."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.identity import period_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.chaos.schedulers import first_payment, monthly, race
from tests.eventually import eventually
from tests.stack import Stack

#: Subscriptions that are due at the same moment, and how many of their charges the bank declines.
SUBSCRIPTIONS, DECLINED = 80, 0.4
#: Days that pass: more than the ladder has, fewer than there are until the next period.
DAYS = 25
START = datetime(2026, 3, 1, 23, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_schedulers_race_and_die_while_the_bank_declines(tmp_path: Path, archive_url: str) -> None:
    """Day after day several schedulers are started and killed; in the end each period is paid once, or given up."""
    chance = random.Random(2)
    more = {"ARCHIVE_URL": archive_url, "RENEWAL_RATE_MAX": "60", "NETWORK_BUDGETS": "visa=999/90d"}
    with Stack(tmp_path / "stack", settings=more, starts_at=START.isoformat()) as stack:
        stack.worker()
        settings = stack.settings()
        with upgraded(settings) as archive, Subscriptions(settings, archive) as subscriptions:
            card = first_payment(stack)
            fault = {"fault": "declined", "rate": DECLINED, "error": "3001: Insufficient funds"}
            stack.admin("faults", [fault])
            subscriptions.create_many(monthly(number, card) for number in range(SUBSCRIPTIONS))
            with LedgerTill(settings) as till:
                renewals = Renewals(archive, till, clock=clock_of(settings), rate_max=10_000)
                for _ in range(0, DAYS, 2):
                    race(stack, chance)
                    _settled(renewals)
                    stack.admin("clock", {"advance_ms": timedelta(days=2) // timedelta(milliseconds=1)})
                states = renewals.account().by_state
                assert states["charged"] + states["declined"] == SUBSCRIPTIONS, states
                assert states["charged"] and renewals.account().unaccounted == 0
        _check_books(stack)


def _settled(renewals: Renewals) -> None:
    """What the killed left is handed in, and what is in flight has come to its end."""
    renewals.run()
    eventually(lambda: renewals.follow() or not renewals.account().by_state["charging"], "all has ended", within_s=120)


def _check_books(stack: Stack) -> None:
    """By the gateway's own books: a period's attempts are numbered without a gap, and all but the last declined."""
    attempts: defaultdict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for order_id, row in stack.charges().items():
        if found := period_of(order_id):
            attempts[found[:2]][found[2]] = row["approved"]
            assert row["approved"] + row["declined"] == 1, row
    assert len(attempts) == SUBSCRIPTIONS
    for period, approved in attempts.items():
        assert sorted(approved) == list(range(1, len(approved) + 1)), period
        assert not any(approved[number] for number in range(1, len(approved))), period
