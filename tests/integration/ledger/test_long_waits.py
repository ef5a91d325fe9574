"""An order that is taken and given back for hours: its row does not grow with every try."""

from __future__ import annotations

import secrets

import pytest

from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """With an accepted order."""
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.accept(ledger)
    return ledger


def tried(ledger: SyncLedger, why: str, times: int) -> None:
    for _ in range(times):
        token = secrets.token_hex(16)
        ledgers.claim(ledger, token)
        ledger.run(calls.release("ORD-1", token, delay_ms=0, detail=why))


def path(ledger: SyncLedger) -> list[tuple[str, str]]:
    return [(line.state, line.detail) for line in ledgers.read(ledger).history]


def test_of_rounds_that_end_alike_the_first_return_and_the_latest_are_kept(ledger: SyncLedger) -> None:
    """When it began is told, and that it lasts; how many there were is counted."""
    tried(ledger, "account_paused", 1)
    began_ms = ledgers.read(ledger).history[-1].at_ms
    tried(ledger, "account_paused", 49)
    record = ledgers.read(ledger)
    assert path(ledger) == [
        ("accepted", "-"),
        ("claimed", "w1"),
        ("accepted", "account_paused"),
        ("claimed", "w1"),
        ("accepted", "account_paused"),
    ]
    assert record.history[2].at_ms == began_ms
    assert record.history[-1].token == record.text("last_token")[:8]
    assert (record.number("wakes"), record.number("claims")) == (50, 0)


def test_another_reason_begins_anew(ledger: SyncLedger) -> None:
    """What was before it stays, and so does what comes behind it."""
    tried(ledger, "account_paused", 9)
    tried(ledger, "breaker_open", 1)
    tried(ledger, "account_paused", 9)
    returns = [detail for state, detail in path(ledger) if state == "accepted"]
    assert returns == ["-", "account_paused", "account_paused", "breaker_open", "account_paused", "account_paused"]


def test_an_attempt_is_never_left_out(ledger: SyncLedger) -> None:
    """A round that came to an intent says so, however it ended and however often."""
    ledgers.give_credits(ledger)
    for _ in range(3):
        token = secrets.token_hex(16)
        ledgers.claim(ledger, token)
        ledgers.intend(ledger, token)
        ledger.run(calls.release("ORD-1", token, delay_ms=0, detail="connect_failed"))
    assert [state for state, _ in path(ledger)].count("sending") == 3


def test_a_claim_that_counts_against_its_order_is_never_left_out(ledger: SyncLedger) -> None:
    """Whoever looks why an order was claimed in vain finds each time."""
    for _ in range(4):
        token = secrets.token_hex(16)
        ledgers.claim(ledger, token)
        ledger.run(calls.release("ORD-1", token, delay_ms=0, detail="why", burn=True))
    assert [state for state, _ in path(ledger)].count("claimed") == 4
