"""The lane of an order on a real server: the account that may hold its money, and who may change it."""

from __future__ import annotations

import pytest

from producers.contract import states
from producers.runtime.ledger import calls, disputes, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Granted, Moved, NoCredit, NotYours
from tests import ledgers
from tests.ledgers import MINE, THEIRS


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.accept(ledger)
    for account in ("first", "second"):
        ledger.run(calls.begin_scan(account, 60))
    return ledger


def intend(
    ledger: SyncLedger, account: str, token: str = MINE, *, held_first: bool = False
) -> Granted | NoCredit | NotYours:
    """Ask for the promise that a request may leave for that account."""
    return ledger.run(calls.intent("ORD-1", token, window_ms=45_000, account=account, held_first=held_first))


def release(ledger: SyncLedger, *, leaves: str = "", token: str = MINE) -> Moved | NotYours:
    """Give it back unsent."""
    return ledger.run(calls.release("ORD-1", token, delay_ms=0, detail="connect_failed", leaves=leaves))


def test_the_lane_is_written_with_the_intent(ledger: SyncLedger) -> None:
    """Before it, an order is nobody's; the account that was asked for stays what it was."""
    ledgers.claim(ledger)
    assert (ledgers.read(ledger).text("lane"), ledgers.read(ledger).lane) == ("", "default")
    assert isinstance(intend(ledger, "first"), Granted)
    record = ledgers.read(ledger)
    assert (record.account, record.lane) == ("default", "first")


def test_an_intent_for_another_account_is_refused(ledger: SyncLedger) -> None:
    """Even to the holder of the token: its request may have left."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    assert intend(ledger, "second") == NotYours("stale", states.SENDING)


def test_what_was_given_back_stays_with_its_account(ledger: SyncLedger) -> None:
    """Refused for its key, say: that request left."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    release(ledger)
    ledgers.claim(ledger, THEIRS)
    assert intend(ledger, "second", THEIRS) == NotYours("stale", states.CLAIMED)
    assert isinstance(intend(ledger, "first", THEIRS), Granted)


def test_the_holder_who_knows_that_nothing_left_lets_it_go_elsewhere(ledger: SyncLedger) -> None:
    """And says where it was."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    assert release(ledger, leaves="first") == Moved(states.ACCEPTED, before=states.SENDING)
    record = ledgers.read(ledger)
    assert (record.text("lane"), record.text("shunned")) == ("", "first")
    ledgers.claim(ledger, THEIRS)
    assert isinstance(intend(ledger, "second", THEIRS), Granted)


def test_nobody_else_lets_it_go(ledger: SyncLedger) -> None:
    """Another token changes nothing."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    assert release(ledger, leaves="first", token=THEIRS) == NotYours("stale", states.SENDING)
    assert ledgers.read(ledger).lane == "first"


def test_the_mode_of_the_account_is_written_with_the_intent(ledger: SyncLedger) -> None:
    """And is no content of the order: what its owner asked for stays what it was."""
    ledgers.claim(ledger)
    intend(ledger, "first", held_first=True)
    record = ledgers.read(ledger)
    assert (record.held_first, record.two_phase, record.asks_two_phase) == (True, True, False)


@pytest.mark.parametrize("before", [True, False])
def test_what_may_have_left_keeps_its_mode(ledger: SyncLedger, before: bool) -> None:
    """Given back after an answer, say, and taken again when the account takes charges otherwise."""
    ledgers.claim(ledger)
    intend(ledger, "first", held_first=before)
    release(ledger)
    ledgers.claim(ledger, THEIRS)
    intend(ledger, "first", THEIRS, held_first=not before)
    assert ledgers.read(ledger).two_phase is before


def test_the_mode_goes_with_the_account_that_is_left(ledger: SyncLedger) -> None:
    """Nothing of it left: the next account takes the charge in its own way."""
    ledgers.claim(ledger)
    intend(ledger, "first", held_first=True)
    release(ledger, leaves="first")
    assert not ledgers.read(ledger).two_phase
    ledgers.claim(ledger, THEIRS)
    intend(ledger, "second", THEIRS)
    ledgers.settle(ledger, states.APPROVED, THEIRS, payment_id="p1")
    sighted = ledger.run(calls.sight("first", "", "t", b"{}", [("ORD-1", "p2", "approved 10.00 EUR 1111 1")]))
    assert sighted.doubled == ("ORD-1",)  # type: ignore[union-attr]  # a second charge, and no stray hold


def test_holds_of_the_accounts_mode_are_strays_once_one_is_chosen(ledger: SyncLedger) -> None:
    """Every script takes the order for what it is."""
    ledgers.claim(ledger)
    intend(ledger, "first", held_first=True)
    ledgers.settle(ledger, states.PENDING, payment_id="p1", reason="held")
    sighted = ledger.run(calls.sight("first", "", "t", b"{}", [("ORD-1", "p2", "approved 10.00 EUR 1111 1")]))
    assert sighted.alarms == ()  # type: ignore[union-attr]
    assert ledger.read("HGETALL", keys.STRAYS) == {b"p2": b"first ORD-1"}


def test_an_order_that_is_unknown_keeps_its_lane(ledger: SyncLedger) -> None:
    """Its holder can take nothing back any more."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    ledgers.settle(ledger, states.UNKNOWN)
    assert release(ledger, leaves="first") == NotYours("stale", states.UNKNOWN)
    assert ledgers.read(ledger).lane == "first"


def test_payments_of_a_card_are_found_by_their_lane(ledger: SyncLedger) -> None:
    """A dispute is one account's: what was charged by rule belongs to the account that charged it."""
    ledgers.claim(ledger)
    intend(ledger, "first")
    ledgers.settle(ledger, states.APPROVED, payment_id="pay-1")
    found = {account: _kin(ledger, account) for account in ("first", "second", "default")}
    assert found == {"first": [("f" * 32, "pay-1")], "second": [], "default": []}


def _kin(ledger: SyncLedger, account: str) -> list[tuple[str, str]]:
    """All payments of the order's card at that account."""
    cursor, found = "0", []
    while True:
        cursor, some = ledger.run(disputes.kin(account, cursor, 1000, ["f" * 32]))
        found += some
        if cursor == "0":
            return found
