"""A stream of alarms that takes none, as a console's password can leave it: nothing is passed over because of that."""

from __future__ import annotations

import pytest

from producers.contract import states
from producers.errors import LedgerUnavailable
from producers.runtime.ledger import calls, hold_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Moved
from tests import ledgers

#: Behind it no other can come.
LAST_ID = f"{2**64 - 1}-{2**64 - 1}"


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """One whose alarms have no ids left."""
    ledger = ledgers.open_ledger(ledger_url)
    ledger.read("XADD", keys.ALARMS, LAST_ID, "by", "hand")
    return ledger


def test_whoever_records_an_outcome_hears_of_a_second_charge(ledger: SyncLedger) -> None:
    """The outcome is written, and the caller counts what the stream cannot be told."""
    ledgers.sending(ledger)
    told = ledgers.settle(ledger, states.APPROVED, payment_id="p1", also_made="p2")
    assert told == Moved(states.APPROVED, 1, states.SENDING)


def test_a_page_that_is_kept_by_half_covers_nothing(ledger: SyncLedger) -> None:
    """Its rows are written again with the next one."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, states.APPROVED, payment_id="p1")
    row = ("ORD-1", "p2", "approved 10.00 EUR 1111 0")
    with pytest.raises(LedgerUnavailable):
        ledger.run(calls.sight("default", "", "t1", b"{}", [row]), patience_s=0)
    assert ledger.read("EXISTS", keys.coverage("default")) == 0


def test_a_stray_that_has_taken_money_stays_until_its_alarm_is_told(ledger: SyncLedger) -> None:
    """It is looked at again, and told then."""
    ledger.read("HSET", keys.STRAYS, "p2", "default ORD-1")
    call = hold_calls.let_go("p2", "ORD-1", alarm=states.APPROVED)
    with pytest.raises(LedgerUnavailable):
        ledger.run(call, patience_s=0)
    ledger.read("DEL", keys.ALARMS)
    assert ledger.run(call)
    assert ledger.read("XLEN", keys.ALARMS) == 1
