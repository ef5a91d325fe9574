"""The ledger's scripts on a real server: each rule of the protocol that they carry."""

from __future__ import annotations

import pytest

from producers.errors import LedgerLockdown
from producers.runtime.ledger import calls, due_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import (
    Claimed,
    Exists,
    Granted,
    Moved,
    NoCredit,
    NotYours,
    Poison,
    Sighted,
    Waking,
)
from producers.runtime.ledger.scripts import NAMESPACE
from tests import ledgers
from tests.ledgers import MINE, THEIRS


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    return ledgers.open_ledger(ledger_url)


def test_the_first_writer_owns_the_order(ledger: SyncLedger) -> None:
    """A second accept changes nothing and answers with the row as it is."""
    ledgers.accept(ledger, amount_minor="1000")
    answer = ledger.run(calls.accept("ORD-1", {"amount_minor": "9"}, grace_ms=0))
    assert isinstance(answer, Exists)
    assert answer.record.amount.text == "10.00"
    assert ledgers.tell(ledger) == 1
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted"]


def test_one_claim_holds_against_another(ledger: SyncLedger) -> None:
    """While the holder lives and its lease runs, nobody else gets the order."""
    ledgers.accept(ledger)
    assert isinstance(ledgers.claim(ledger), Claimed)
    assert ledgers.claim(ledger, THEIRS, worker="w2") == NotYours("busy", "claimed")


def test_a_claim_whose_reply_was_lost_may_be_repeated(ledger: SyncLedger) -> None:
    """The same token claims again without using up a claim."""
    ledgers.accept(ledger)
    ledgers.claim(ledger)
    again = ledgers.claim(ledger)
    assert isinstance(again, Claimed)
    assert ledgers.read(ledger).number("claims") == 1


def test_a_lease_that_is_over_can_be_taken(ledger: SyncLedger) -> None:
    """Another worker takes the order and the first one's intent is refused from then on (rule R3)."""
    ledgers.accept(ledger)
    ledgers.give_credits(ledger)
    ledgers.claim(ledger, lease_ms=0)
    assert isinstance(ledgers.claim(ledger, THEIRS, worker="w2"), Claimed)
    refused = ledger.run(calls.intent("ORD-1", MINE, window_ms=1000, account="default"))
    assert refused == NotYours("stale", "claimed")


def test_a_worker_that_is_gone_loses_its_claim_at_once(ledger: SyncLedger) -> None:
    """No lease is waited for when the holder is not among the living."""
    ledgers.accept(ledger)
    ledgers.claim(ledger)
    ledger.read("ZADD", keys.WORKERS, 0, "w1")
    due = ledger.run(due_calls.reap(presence_ms=3000, limit=10))
    assert due.enqueue == (Waking("ORD-1", 100, False),)
    assert ledgers.read(ledger).state == "accepted"


def test_claims_are_bounded(ledger: SyncLedger) -> None:
    """An order that kills whoever claims it is poison after five claims, and was never sent (rule R9)."""
    ledgers.accept(ledger)
    for number in range(5):
        assert isinstance(ledgers.claim(ledger, f"{number:032d}", lease_ms=0), Claimed)
    assert isinstance(ledgers.claim(ledger, THEIRS), Poison)


def test_giving_an_order_back_unsent_burns_no_claim(ledger: SyncLedger) -> None:
    """Held back a hundred times is not poison."""
    ledgers.accept(ledger)
    for number in range(100):
        token = f"{number:032d}"
        assert isinstance(ledgers.claim(ledger, token), Claimed)
        ledger.run(calls.release("ORD-1", token, delay_ms=0, detail="breaker_open"))
    assert ledgers.read(ledger).number("claims") == 0


def test_only_the_holder_gives_an_order_back(ledger: SyncLedger) -> None:
    """After the intent nobody else may call it unsent (rule R2)."""
    ledgers.sending(ledger)
    assert ledger.run(calls.release("ORD-1", THEIRS, delay_ms=0, detail="x")) == NotYours("stale", "sending")
    assert ledger.run(calls.release("ORD-1", MINE, delay_ms=0, detail="x")) == Moved("accepted", before="sending")


def test_no_claim_after_the_intent(ledger: SyncLedger) -> None:
    """Whatever wakes up later finds the order sent and stops."""
    ledgers.sending(ledger)
    assert ledgers.claim(ledger, THEIRS, worker="w2") == NotYours("busy", "sending")


def test_credits_bound_the_intents_between_two_reads(ledger: SyncLedger) -> None:
    """The third intent on two credits waits for the next list read."""
    for order_id in ("ORD-1", "ORD-2", "ORD-3"):
        ledgers.accept(ledger, order_id)
        ledgers.claim(ledger, order_id=order_id)
    ledgers.give_credits(ledger, 2)
    ledgers.intend(ledger, order_id="ORD-1")
    ledgers.intend(ledger, order_id="ORD-2")
    call = calls.intent("ORD-3", MINE, window_ms=1000, account="default")
    assert ledger.run(call) == NoCredit(sequence=2)
    ledgers.give_credits(ledger, 2)
    assert isinstance(ledger.run(call), Granted)


def test_an_intent_whose_reply_was_lost_costs_one_credit(ledger: SyncLedger) -> None:
    """Repeated with the same token it grants again, and nothing is counted twice."""
    first = ledgers.sending(ledger)
    again = ledgers.intend(ledger)
    assert (again.intent_at_ms, again.sequence) == (first.intent_at_ms, 1)
    assert int(ledger.read("GET", keys.credits("default"))) == 59


def test_an_expired_order_gets_no_intent(ledger: SyncLedger) -> None:
    """The last look at the expiry is in the script that promises to send."""
    ledgers.accept(ledger, expires_at="1")
    ledgers.claim(ledger)
    ledgers.give_credits(ledger)
    refused = ledger.run(calls.intent("ORD-1", MINE, window_ms=1000, account="default"))
    assert refused == NotYours("expired")


def test_an_outcome_and_its_event_are_one_step(ledger: SyncLedger) -> None:
    """Recorded twice there is one event, and the sealed card is gone (rule R7)."""
    ledgers.sending(ledger)
    assert ledgers.settle(ledger, "approved", payment_id="p1") == Moved("approved", before="sending")
    assert ledgers.settle(ledger, "approved", payment_id="p1") == Moved("approved")
    assert ledgers.event_ids(ledger) == ["ORD-1:accepted", "ORD-1:approved"]
    assert ledgers.read(ledger).envelope == b""


def test_a_verdict_on_another_attempt_is_stale(ledger: SyncLedger) -> None:
    """Evidence gathered under one token decides nothing about another (rule R4)."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, "unknown")
    assert ledgers.settle(ledger, "not_charged", token=THEIRS) == NotYours("stale", "unknown")


def test_a_finished_order_stays_finished(ledger: SyncLedger) -> None:
    """A second, different outcome is refused even under the right token; that money was taken is an alarm."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, "declined")
    assert ledgers.settle(ledger, "rejected") == NotYours("stale", "declined")
    assert ledger.read("XLEN", keys.ALARMS) == 0
    assert ledgers.settle(ledger, "approved") == NotYours("late", "declined")
    assert ledger.read("XLEN", keys.ALARMS) == 1
    assert ledgers.event_ids(ledger)[1:] == ["ORD-1:declined"]


@pytest.mark.parametrize("change", ["FLUSHDB", "SET"])
def test_another_ledger_is_refused(ledger: SyncLedger, change: str) -> None:
    """A missing or different epoch stops every script (rule R10)."""
    ledgers.sending(ledger)
    ledger.read(*(("FLUSHDB",) if change == "FLUSHDB" else ("SET", f"{NAMESPACE}:epoch", "x")))
    with pytest.raises(LedgerLockdown):
        ledgers.claim(ledger, THEIRS)
    with pytest.raises(LedgerLockdown):
        ledgers.accept(ledger, "ORD-2")


def test_records_never_expire(ledger: SyncLedger) -> None:
    """No key of an order has a time to live (rule R11)."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, "approved", payment_id="p1")
    ttls = {key: ledger.read("TTL", key) for key in ledger.read("KEYS", f"{NAMESPACE}:*")}
    assert set(ttls.values()) == {-1}


def test_a_second_approved_charge_is_never_hidden(ledger: SyncLedger) -> None:
    """Seen before the outcome or after it, the other charge is an alarm (rule R13)."""
    ledgers.sending(ledger)
    row = "approved 10.00 EUR 1111 1"
    ledger.run(calls.sight("default", "", "t1", b"{}", [("ORD-1", "p1", row), ("ORD-1", "p2", row)]))
    assert ledgers.settle(ledger, "approved", payment_id="p1") == Moved("approved", duplicates=1, before="sending")
    sighted = ledger.run(calls.sight("default", "t1", "t2", b"{}", [("ORD-1", "p3", row)]))
    assert sighted == Sighted(ours=1, doubled=("ORD-1",))
    assert ledger.read("XLEN", keys.ALARMS) == 2


def test_a_charge_that_contradicts_an_absence_is_an_alarm(ledger: SyncLedger) -> None:
    """not_charged, and then the money shows up: said at once."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, "unknown")
    ledgers.settle(ledger, "not_charged")
    sighted = ledger.run(calls.sight("default", "", "t1", b"{}", [("ORD-1", "p1", "approved 10.00 EUR 1111 1")]))
    assert sighted == Sighted(ours=1, alarms=("ORD-1",))


def test_two_mirrors_do_not_overwrite_each_other(ledger: SyncLedger) -> None:
    """The journal is compare-and-set on the tag of its last writer."""
    ledger.run(calls.sight("default", "", "t1", b"first", []))
    assert ledger.run(calls.sight("default", "", "t2", b"second", [])) == "stale"
    assert ledger.run(calls.sight("default", "t2", "t3", b"third", [])) == "stale"
    assert ledger.read("HGET", keys.coverage("default"), "journal") == b"first"


def test_the_history_is_a_path_of_the_state_graph(ledger: SyncLedger) -> None:
    """Every transition is written down, with its token."""
    ledgers.sending(ledger)
    ledgers.settle(ledger, "unknown")
    ledgers.settle(ledger, "approved", payment_id="p1")
    states = [line.state for line in ledgers.read(ledger).history]
    assert states == ["accepted", "claimed", "sending", "unknown", "approved"]


def test_counters_follow_every_transition(ledger: SyncLedger) -> None:
    """Orders per state, and money where somebody waits for it."""
    ledgers.accept(ledger, "ORD-2", batch="b1")
    ledgers.sending(ledger)
    ledgers.settle(ledger, "unknown")
    stats = {name.decode(): int(value) for name, value in ledger.read("HGETALL", keys.STATS).items() if int(value)}
    assert stats == {
        "orders:accepted": 1,
        "money:accepted:EUR": 1000,
        "orders:unknown": 1,
        "money:unknown:EUR": 1000,
    }
    assert ledger.read("HGETALL", keys.batch("b1")) == {b"accepted": b"1"}


def test_orders_nobody_took_fall_due(ledger: SyncLedger) -> None:
    """The sweeper names them again, and with a new wake-up number after 4, 16 and 64 sweeps in vain: a backlog of hours
    has a handful of messages for each order, not one for every hour."""
    ledgers.accept(ledger)
    numbers = [
        waking.number
        for _ in range(65)
        for waking in ledger.run(due_calls.sweep(limit=10, grace_ms=0, grace_max_ms=0)).enqueue
    ]
    assert numbers == [0] * 4 + [1] * 12 + [2] * 48 + [3]


def test_attempts_past_their_deadline_are_named(ledger: SyncLedger) -> None:
    """An order nobody reported on after its deadline is for the resolver."""
    ledgers.accept(ledger)
    ledgers.claim(ledger)
    ledgers.give_credits(ledger)
    ledger.run(calls.intent("ORD-1", MINE, window_ms=0, account="default"))
    assert ledger.run(due_calls.sweep(limit=10, grace_ms=0, grace_max_ms=0)).overdue == ("ORD-1",)
