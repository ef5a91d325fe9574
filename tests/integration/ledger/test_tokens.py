"""The bucket of an account's rate on a real server, shared by everybody."""

from __future__ import annotations

import pytest

from producers.runtime.ledger import rates
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Leased
from tests import ledgers

KEY = "pay:tokens:main"


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    return ledgers.open_ledger(ledger_url)


def lease(ledger: SyncLedger, wanted: int, *, keep: int = 100, ceiling: int = 1000) -> Leased:
    """Ask for tokens."""
    return ledger.run(rates.tokens("main", ceiling, wanted, keep))


def age(ledger: SyncLedger, ms: int) -> None:
    """As if so much time had passed for the bucket."""
    for name in ("at", "complained"):
        moment = int(ledger.read("HGET", KEY, name))
        ledger.read("HSET", KEY, name, max(0, moment - ms))


def hold_time(ledger: SyncLedger) -> None:
    """As if none passed for the bucket from now on, however long the machine takes."""
    age(ledger, -60_000)


def test_a_bucket_holds_a_tenth_of_a_second(ledger: SyncLedger) -> None:
    """However long nobody asked."""
    lease(ledger, 1)
    age(ledger, 60_000)
    assert lease(ledger, 1000).count == 100


def test_an_empty_bucket_says_when_to_come_again(ledger: SyncLedger) -> None:
    """In the time that one token takes, and not before."""
    assert lease(ledger, 1, ceiling=10).count == 1
    hold_time(ledger)
    left = lease(ledger, 1, ceiling=10)
    assert left.count == 0
    assert 0.0 < left.wait_s <= 0.1


def test_tokens_come_at_the_rate(ledger: SyncLedger) -> None:
    """Fifty milliseconds of a thousand a second, and what has trickled in meanwhile."""
    lease(ledger, 1000)
    age(ledger, 50)
    assert 50 <= lease(ledger, 1000).count <= 100


def test_a_complaint_halves_the_rate_and_a_second_one_at_once_does_not(ledger: SyncLedger) -> None:
    """All workers hear of the same overload; it counts once."""
    lease(ledger, 1)
    assert lease(ledger, 1, keep=50).rate == 500
    hold_time(ledger)
    assert lease(ledger, 1, keep=50).rate == 500


def test_without_complaint_it_grows_back_to_its_ceiling(ledger: SyncLedger) -> None:
    """A twentieth of the ceiling per second; some seconds of a busy machine's are in it."""
    lease(ledger, 1)
    lease(ledger, 1, keep=50)
    age(ledger, 4_000)
    assert 700 <= lease(ledger, 1).rate < 900
    age(ledger, 60_000)
    assert lease(ledger, 1).rate == 1000


def test_the_rate_never_falls_to_nothing(ledger: SyncLedger) -> None:
    """One a second is left, or nobody would ever learn that it is over."""
    for _ in range(20):
        lease(ledger, 1, keep=50)
        age(ledger, 1_000)
    assert lease(ledger, 1, keep=50, ceiling=2).rate >= 1


def test_each_account_has_its_own(ledger: SyncLedger) -> None:
    """One that is used up takes nothing from another."""
    lease(ledger, 1000)
    assert ledger.run(rates.tokens("other", 10, 1, 100)).count == 1
