"""The ledger's scripts for two-phase orders on a real server: one hold is chosen, and all others are strays."""

from __future__ import annotations

import pytest

from producers.runtime.ledger import calls, hold_calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Moved, NotYours, Sighted
from tests import ledgers
from tests.ledgers import MINE, THEIRS

OPEN = ("sending", "unknown", "pending", "parked")
HOLD = "approved 10.00 EUR 1111 1"


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """One with a two-phase order whose request may have left."""
    opened = ledgers.open_ledger(ledger_url)
    ledgers.accept(opened, two_phase="1")
    ledgers.claim(opened)
    ledgers.give_credits(opened)
    ledgers.intend(opened)
    return opened


def sight(ledger: SyncLedger, *rows: tuple[str, str]) -> Sighted:
    """The gateway's list shows these of the order."""
    tag = ledger.read("HGET", keys.coverage("default"), "tag") or b""
    answer = ledger.run(
        calls.sight("default", tag.decode(), tag.decode() + "t", b"{}", [("ORD-1", *row) for row in rows])
    )
    assert isinstance(answer, Sighted)
    return answer


def strays(ledger: SyncLedger) -> dict[bytes, bytes]:
    told: dict[bytes, bytes] = ledger.read("HGETALL", keys.STRAYS)
    return told


def choose(ledger: SyncLedger, payment_id: str, to: str = "pending") -> Moved | NotYours:
    return ledgers.settle(ledger, to, allowed=OPEN, payment_id=payment_id)


def turn(
    ledger: SyncLedger, payment_id: str = "p1", worker: str = "w1", token: str = MINE, window_ms: int = 60_000
) -> Moved | NotYours:
    call = hold_calls.turn("ORD-1", token, payment_id, worker, window_ms=window_ms, presence_ms=60_000, due_ms=0)
    return ledger.run(call)


def test_a_hold_is_chosen_once(ledger: SyncLedger) -> None:
    """Whoever comes second with another one changes nothing, from whatever state it might (the model, D4)."""
    assert choose(ledger, "p1") == Moved("pending", before="sending")
    assert choose(ledger, "p2", "approved") == NotYours("stale", "pending")
    ledgers.settle(ledger, "parked", allowed=OPEN)
    assert choose(ledger, "p2") == NotYours("stale", "parked")
    assert choose(ledger, "p1") == Moved("pending", before="parked")
    assert ledgers.read(ledger).text("payment_id") == "p1"


def test_holds_that_were_not_chosen_are_strays(ledger: SyncLedger) -> None:
    """Those seen before the choice and after it, and those that may yet become holds; none of them is an alarm."""
    sight(ledger, ("p1", HOLD), ("p2", HOLD))
    assert strays(ledger) == {}
    choose(ledger, "p1")
    assert strays(ledger) == {b"p2": b"default ORD-1"}
    processing, declined = HOLD.replace("approved", "processing"), HOLD.replace("approved", "declined")
    assert sight(ledger, ("p1", HOLD), ("p3", processing), ("p4", declined)) == Sighted(3, ())
    choose(ledger, "p1", "approved")
    sight(ledger, ("p5", HOLD))
    assert set(strays(ledger)) == {b"p2", b"p3", b"p5"}
    assert ledger.read("XLEN", keys.ALARMS) == 0


def test_a_hold_that_lands_after_the_end_is_a_stray(ledger: SyncLedger) -> None:
    """The order is not charged; what comes later is let go and contradicts nothing."""
    ledgers.settle(ledger, "unknown")
    ledgers.settle(ledger, "not_charged", allowed=OPEN)
    assert sight(ledger, ("p1", HOLD)) == Sighted(1, ())
    assert strays(ledger) == {b"p1": b"default ORD-1"}


def test_a_hold_that_was_seen_when_the_order_was_given_up_is_a_stray(ledger: SyncLedger) -> None:
    """A verdict that knew nothing of it yet does not lose it."""
    ledgers.settle(ledger, "unknown")
    sight(ledger, ("p1", HOLD))
    ledgers.settle(ledger, "not_charged", allowed=OPEN)
    assert strays(ledger) == {b"p1": b"default ORD-1"}


@pytest.mark.parametrize(("to", "kept"), [("approved", set()), ("declined", {b"p1"})])
def test_an_order_that_does_not_pay_keeps_no_hold(ledger: SyncLedger, to: str, kept: set[bytes]) -> None:
    """The chosen hold of a declined order is let go as any other, if that was not seen to be done."""
    choose(ledger, "p1")
    choose(ledger, "p1", to)
    assert set(strays(ledger)) == kept


def test_turns_are_taken_by_one_worker_at_a_time(ledger: SyncLedger) -> None:
    """While it lives; its own turn it may take again, and give up."""
    choose(ledger, "p1")
    ledger.run(calls.present("w1"))
    assert turn(ledger) == Moved("pending")
    assert turn(ledger, worker="w2") == NotYours("busy", "pending")
    assert turn(ledger, window_ms=0) == Moved("pending")
    assert turn(ledger, worker="w2") == Moved("pending")
    ledger.read("DEL", keys.WORKERS)
    assert turn(ledger) == Moved("pending")


def test_a_turn_is_for_the_chosen_hold(ledger: SyncLedger) -> None:
    """Who knows of another choice, or of another attempt, may not settle."""
    choose(ledger, "p1")
    assert turn(ledger, "p2") == NotYours("stale", "pending")
    assert turn(ledger, token=THEIRS) == NotYours("stale", "pending")
    choose(ledger, "p1", "approved")
    assert turn(ledger) == NotYours("stale", "approved")
    assert not {"turn_by", "turn_until"} & ledgers.read(ledger).fields.keys()


def test_a_customers_step_ends_with_the_hold(ledger: SyncLedger) -> None:
    """What was asked and answered is gone, the owner is told once."""
    ledgers.settle(ledger, "pending", allowed=OPEN, payment_id="p1", continuation='{"version":2}')
    ledger.run(calls.finalize("ORD-1", "cres", "yes", answers_max=4))
    call = hold_calls.hold("ORD-1", MINE, "p1", due_ms=0, event_id="ORD-1:pending:held", event=b"{}")
    assert [ledger.run(call), ledger.run(call)] == [Moved("pending"), Moved("pending")]
    record = ledgers.read(ledger)
    assert (record.text("reason"), record.text("continuation")) == ("held", "")
    assert ledger.read("EXISTS", keys.answers("ORD-1")) == 0
    assert ledgers.event_ids(ledger)[1:] == ["ORD-1:pending", "ORD-1:pending:held"]


def test_a_stray_is_forgotten_once(ledger: SyncLedger) -> None:
    """And told once, if it has taken money (rule R13)."""
    choose(ledger, "p1")
    sight(ledger, ("p2", HOLD))
    told = [ledger.run(hold_calls.let_go("p2", "ORD-1", alarm="approved")) for _ in range(2)]
    assert (told, strays(ledger), ledger.read("XLEN", keys.ALARMS)) == ([True, False], {}, 1)
