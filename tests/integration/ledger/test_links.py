"""What the ledger knows of payment links: whose a payment is, when its order is looked at, that it is to be deleted."""

from __future__ import annotations

import pytest

from producers.contract.follow_ups import token_of
from producers.runtime.ledger import calls, due_calls, keys, link_calls
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.link_calls import LINKED
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Granted, Moved, NotYours, Sighted
from producers.runtime.ledger.scripts import NAMESPACE
from tests import ledgers
from tests.ledgers import MINE, THEIRS

TOKEN = token_of("LINK-1")
PAID, DECLINED = "approved 10.00 EUR 1111 1768471200000", "declined 10.00 EUR 1111 1768471200000"
FAR_MS = 3_600_000


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with one open link."""
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.accept(ledger, "LINK-1", kind="link", ref=TOKEN)
    ledgers.claim(ledger, order_id="LINK-1")
    ledgers.give_credits(ledger)
    assert isinstance(
        ledger.run(calls.intent("LINK-1", MINE, window_ms=45_000, account="default", link=TOKEN)), Granted
    )
    assert isinstance(ledgers.settle(ledger, "pending", order_id="LINK-1"), Moved)
    ledger.run(link_calls.rest("LINK-1", MINE, delay_ms=FAR_MS))
    return ledger


def test_a_payment_with_the_token_makes_the_order_due_at_once(ledger: SyncLedger) -> None:
    """It need not be asked about before: the list tells when there is news."""
    assert due(ledger) == ()
    sight(ledger, PAID)
    assert due(ledger) == ("LINK-1",)
    assert ledger.run(calls.evidence("LINK-1", "default")).rows == (("pay-1", PAID),)


def test_a_look_that_saw_nothing_does_not_put_off_what_came_meanwhile(ledger: SyncLedger) -> None:
    """Between its question and its rest a payment was seen."""
    sight(ledger, PAID)
    assert ledger.run(link_calls.rest("LINK-1", MINE, delay_ms=FAR_MS, fields={"link_over_at": 7}))
    assert due(ledger) == ("LINK-1",)
    assert ledgers.read(ledger, "LINK-1").number("link_over_at") == 7


def test_a_declined_payment_is_forgotten_and_wakes_nobody(ledger: SyncLedger) -> None:
    """The customer may try again; what was pending and is declined decides nothing any more."""
    sight(ledger, DECLINED)
    assert due(ledger) == ()
    sight(ledger, PAID.replace("approved", "pending"), tag="b" * 32, extends="a" * 32)
    sight(ledger, DECLINED, tag="c" * 32, extends="b" * 32)
    assert ledger.run(calls.evidence("LINK-1", "default")).rows == ()


def test_a_second_payment_is_an_alarm_before_and_after_the_end(ledger: SyncLedger) -> None:
    """Neither is hidden (rule R13)."""
    sight(ledger, PAID)
    sight(ledger, PAID, payment_id="pay-2", tag="b" * 32, extends="a" * 32)
    ended = ledgers.settle(ledger, "approved", order_id="LINK-1", allowed=("pending",), payment_id="pay-1")
    assert ended == Moved("approved", 1, "pending")
    late = sight(ledger, PAID, payment_id="pay-3", tag="c" * 32, extends="b" * 32)
    assert late == Sighted(1, doubled=("LINK-1",))
    assert ledger.read("XLEN", keys.ALARMS) == 2


def test_the_token_of_nobody_is_nobodys_payment(ledger: SyncLedger) -> None:
    """Other integrations may write what they like."""
    assert sight(ledger, PAID, token=token_of("LINK-2")) == Sighted(0, ())


def test_only_the_present_attempt_is_put_off(ledger: SyncLedger) -> None:
    """A look that began under another token writes nothing."""
    assert not ledger.run(link_calls.rest("LINK-1", THEIRS, delay_ms=0, fields={"link_over_at": 7}))
    assert ledgers.read(ledger, "LINK-1").number("link_over_at") == 0
    assert due(ledger) == ()


def test_the_wish_to_delete_it_is_kept_once_and_makes_it_due(ledger: SyncLedger) -> None:
    """Said twice it is one wish; of an order that has ended it changes nothing."""
    first, again = (ledger.run(calls.withdraw("LINK-1", link=True)) for _ in "12")
    assert isinstance(first, Record) and isinstance(again, Record)
    assert first.number("withdrawn_at") == again.number("withdrawn_at") > 0
    assert due(ledger) == ("LINK-1",)
    ledgers.settle(ledger, "approved", order_id="LINK-1", allowed=("pending",), payment_id="pay-1")
    ended = ledger.run(calls.withdraw("LINK-1", link=True))
    assert isinstance(ended, Record) and ended.state == "approved"
    assert due(ledger) == ()


def test_what_is_no_link_cannot_be_withdrawn(ledger: SyncLedger) -> None:
    """A charge, and an order that nobody gave."""
    ledgers.accept(ledger, "ORD-1")
    assert ledger.run(calls.withdraw("ORD-1", link=True)) == NotYours("no_link")
    assert ledger.run(calls.withdraw("NOPE", link=True)) == NotYours("missing")


def sight(
    ledger: SyncLedger,
    row: str,
    *,
    payment_id: str = "pay-1",
    token: str = TOKEN,
    tag: str = "a" * 32,
    extends: str = "",
) -> object:
    """A page that shows one payment made on a link."""
    return ledger.run(calls.sight("default", extends, tag, b"{}", [(LINKED + token, payment_id, row)]))


def due(ledger: SyncLedger) -> tuple[str, ...]:
    """What a sweep finds overdue; it is found again by the next one."""
    found = ledger.run(due_calls.sweep(limit=10, grace_ms=0, grace_max_ms=0)).overdue
    assert set(found) <= {member.decode() for member in ledger.read("ZRANGE", f"{NAMESPACE}:due", 0, -1)}
    return found
