"""Orders that leave the ledger: what they wait for, what goes with them, and what answers in their stead."""

from __future__ import annotations

import pytest

from cardinity_client.money import Money
from producers.runtime.ledger import calls, hold_calls, keys, retire_calls, split_calls, tombstones
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Exists, NotTaken, NotYours, Sighted
from producers.runtime.ledger.split_calls import PartTaken
from producers.runtime.ledger.tombstones import Tombstone
from tests import ledgers

PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
OTHER = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c11"
STONE = Tombstone("approved", 1_700_000_000_000, Money(1000, "EUR"), "default", made=PAYMENT)


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with one order that has ended."""
    ledger = ledgers.open_ledger(ledger_url)
    end(ledger)
    return ledger


def end(ledger: SyncLedger, order_id: str = "ORD-1", payment_id: str = PAYMENT, **fields: str) -> None:
    ledgers.accept(ledger, order_id, **fields)
    ledgers.claim(ledger, order_id=order_id)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger, order_id=order_id)
    ledgers.settle(ledger, "approved", order_id=order_id, payment_id=payment_id)


def retire(ledger: SyncLedger, order_id: str = "ORD-1", *, kept_ms: int = 0) -> str:
    return ledger.run(retire_calls.retire(ledgers.read(ledger, order_id), kept_ms=kept_ms))


def sight(ledger: SyncLedger, ref: str, payment_id: str, status: str = "approved") -> tuple[str, ...]:
    row = (ref, payment_id, f"{status} 10.00 EUR 1111 1768471200000")
    tag = ledger.read("HGET", keys.coverage("default"), "tag") or b""
    seen = ledger.run(calls.sight("default", tag.decode(), f"{tag.decode()}x", b"{}", [row]))
    assert isinstance(seen, Sighted)
    return seen.doubled


def test_a_tombstone_comes_for_the_row(ledger: SyncLedger) -> None:
    """Nothing of the order is left but that, and it has no end."""
    assert retire(ledger) == "retired"
    bucket, field = tombstones.place("ORD-1")
    assert [key for key in ledger.read("KEYS", "*") if b"ORD-1" in key] == []
    assert ledger.read("HKEYS", bucket) == [field]
    assert ledger.read("PTTL", bucket) == -1


def test_whoever_asks_is_told_how_it_ended(ledger: SyncLedger) -> None:
    """Accepted again, called back, or finalized: it has ended. An old message for it finds nothing to take."""
    row = ledgers.read(ledger)
    retire(ledger)
    accepted = ledger.run(calls.accept("ORD-1", {"state": "x"}, grace_ms=0))
    called_back = ledger.run(calls.withdraw("ORD-1"))
    finalized = ledger.run(calls.finalize("ORD-1", "cres", "c", answers_max=3))
    assert isinstance(accepted, Exists) and isinstance(called_back, Record) and isinstance(finalized, NotTaken)
    for record in (accepted.record, called_back, finalized.record):
        assert record is not None and (record.state, record.text("payment_id")) == ("approved", PAYMENT)
        assert record.is_archived and record.number("since") == row.number("since") // 1000 * 1000
    assert ledger.run(calls.withdraw("ORD-1", link=True)) == NotYours("no_link")
    assert ledgers.claim(ledger) == NotYours("missing")


def test_who_repeats_it_is_told_so(ledger: SyncLedger) -> None:
    """The reply was lost; the row that was read is gone."""
    record = ledgers.read(ledger)
    assert [ledger.run(retire_calls.retire(record, kept_ms=0)) for _ in range(2)] == ["retired", "again"]
    assert ledger.run(retire_calls.retire(Record("ORD-9", record.fields), kept_ms=0)) == "missing"


def test_what_has_not_ended_stays(ledger: SyncLedger) -> None:
    """Whatever its tombstone would say."""
    ledgers.accept(ledger, "ORD-2")
    ended = ledgers.read(ledger)
    assert ledger.run(retire_calls.retire(Record("ORD-2", ended.fields), kept_ms=0)) == "open"


def test_what_has_just_ended_stays(ledger: SyncLedger) -> None:
    """And what was read at another moment than its row is of."""
    assert retire(ledger, kept_ms=60_000) == "young"
    fields = {**ledgers.read(ledger).fields, "since": b"1"}
    assert ledger.run(retire_calls.retire(Record("ORD-1", fields), kept_ms=0)) == "stale"


def test_what_somebody_is_to_look_at_stays(ledger: SyncLedger) -> None:
    """As orders whose end is to be looked at again are."""
    ledger.read("ZADD", keys.DUE, 1, "ORD-1")
    assert retire(ledger) == "due"
    ledger.read("ZREM", keys.DUE, "ORD-1")
    assert retire(ledger) == "retired"


def test_whose_end_was_not_told_yet_stays(ledger: SyncLedger) -> None:
    """Its event waits for the replicas."""
    ledger.read("SET", keys.REPLICATED, 1)
    end(ledger, "ORD-2")
    assert retire(ledger, "ORD-2") == "untold"
    assert retire(ledger) == "retired"
    newest = ledger.read("XREVRANGE", keys.OUTBOX, "+", "-", "COUNT", 1)[0][0]
    ledger.run(calls.publish(newest.decode(), 100))
    assert retire(ledger, "ORD-2") == "retired"


def test_whose_payment_is_followed_stays(ledger: SyncLedger) -> None:
    """A refund is being sent, and what was given back is remembered when the payment's order has gone."""
    ledgers.accept(ledger, "RET-1", kind="refund", parent=PAYMENT)
    ledgers.claim(ledger, order_id="RET-1")
    ledgers.intend(ledger, order_id="RET-1")
    assert retire(ledger) == "followed"
    ledgers.settle(ledger, "approved", order_id="RET-1", follow_up_id=OTHER)
    assert retire(ledger) == retire(ledger, "RET-1") == "retired"
    assert ledger.read("HGET", keys.parent(PAYMENT), "refund") == b"1000"


def test_a_hold_that_is_open_stays(ledger: SyncLedger) -> None:
    """Until it is settled, let go, or over."""
    end(ledger, "HOLD-1", OTHER, settle="0")
    assert retire(ledger, "HOLD-1") == "followed"
    assert ledger.run(hold_calls.over("default", OTHER))
    assert retire(ledger, "HOLD-1") == "retired"


def test_whose_second_hold_is_to_be_let_go_stays(ledger: SyncLedger) -> None:
    """Whoever lets it go reads the order."""
    end(ledger, "TWO-1", OTHER, two_phase="1")
    assert sight(ledger, "TWO-1", PAYMENT) == ()
    assert retire(ledger, "TWO-1") == "strays"
    ledger.run(hold_calls.let_go(PAYMENT, "TWO-1"))
    assert retire(ledger, "TWO-1") == "retired"


def test_no_order_moves_while_all_are_searched_for_a_card(ledger: SyncLedger) -> None:
    """A search must not miss the one that goes from where it has not been to where it has."""
    ledger.read("HSET", keys.searching("default"), "chargeback/1", "f" * 32)
    assert retire(ledger) == "searching"
    ledger.read("DEL", keys.searching("default"))
    assert retire(ledger) == "retired"


def test_a_card_is_found_in_tombstones(ledger: SyncLedger) -> None:
    """By what its order was charged from."""
    retire(ledger)
    end(ledger, "ORD-2", OTHER, instrument="e" * 32)
    retire(ledger, "ORD-2")
    cursor, found = ledger.run(retire_calls.buried_kin("0", 1000, ["f" * 32, "d" * 32]))
    assert (cursor, [stone.made for stone in found]) == ("0", [PAYMENT])


def test_parts_of_a_split_stay_until_its_end_is_told(ledger: SyncLedger) -> None:
    """Its parts, and what gives them back."""
    for order_id in ("S.1", "S.1-r2", "T.1"):
        end(ledger, order_id)
    ledger.read("ZADD", keys.SPLITS, 1, "S")
    assert [retire(ledger, order_id) for order_id in ("S.1", "S.1-r2", "T.1")] == ["split", "split", "retired"]


def test_a_split_takes_no_name_of_an_order_that_has_left(ledger: SyncLedger) -> None:
    """Or its part would be charged twice."""
    end(ledger, "S.1")
    retire(ledger, "S.1")
    part = calls.accept("S.1", {"amount_minor": "1000", "currency": "EUR"}, grace_ms=0)
    assert ledger.run(split_calls.split("S", b"{}", [part], grace_ms=0)) == PartTaken("S.1")


def test_what_belongs_to_it_goes_too(ledger: SyncLedger) -> None:
    """What leads payments on a link to it, what its customers answered, what the list has shown."""
    end(ledger, "LINK-1", OTHER, kind="link", ref="cb-token")
    for key in (keys.seen("LINK-1"), keys.answers("LINK-1")):
        ledger.read("HSET", key, "a", "b")
    ledger.read("SET", keys.link("cb-token"), "LINK-1")
    assert retire(ledger, "LINK-1") == "retired"
    assert ledger.read("EXISTS", keys.seen("LINK-1"), keys.answers("LINK-1"), keys.link("cb-token")) == 0


def test_another_payment_of_it_is_an_alarm(ledger: SyncLedger) -> None:
    """However late the list shows it. Its own is none, nor one that the bank declined."""
    retire(ledger)
    assert sight(ledger, "ORD-1", PAYMENT) == sight(ledger, "ORD-1", OTHER, "declined") == ()
    assert sight(ledger, "ORD-1", OTHER) == sight(ledger, "ORD-1-a2", OTHER) == ("ORD-1",)
    ((_, alarm), *_) = ledger.read("XRANGE", keys.ALARMS, "-", "+")
    assert (alarm[b"order_id"], alarm[b"state"], alarm[b"payment_id"]) == (b"ORD-1", b"approved", OTHER.encode())


def test_holds_and_what_follows_are_no_second_payment(ledger: SyncLedger) -> None:
    """A hold that was let go may be shown as approved; a refund's order_id is nobody's at the gateway."""
    end(ledger, "TWO-1", two_phase="1")
    end(ledger, "RET-1", kind="refund", parent=PAYMENT)
    retire(ledger, "TWO-1")
    retire(ledger, "RET-1")
    assert sight(ledger, "TWO-1", OTHER) == sight(ledger, "RET-1", OTHER) == ()


def test_what_is_buried_is_not_changed(ledger: SyncLedger) -> None:
    """A row is the truth, and so is a tombstone that lies there."""
    assert ledger.run(retire_calls.bury("ORD-1", STONE)) == "row"
    assert [ledger.run(retire_calls.bury("ORD-8", STONE)) for _ in range(2)] == ["buried", "again"]
    other = Tombstone("declined", STONE.ended_at_ms, STONE.amount, "default")
    assert ledger.run(retire_calls.bury("ORD-8", other)) == "taken"
    accepted = ledger.run(calls.accept("ORD-8", {}, grace_ms=0))
    assert isinstance(accepted, Exists) and accepted.record.text("payment_id") == PAYMENT


def test_a_tombstone_of_another_keeps_the_row(ledger: SyncLedger) -> None:
    """Two names that came to one place would be one chance in a million million million; then the row stays."""
    bucket, field = tombstones.place("ORD-1")
    ledger.read("HSET", bucket, field, tombstones.written(STONE))
    assert retire(ledger) == "taken"
    assert ledgers.read(ledger).state == "approved"
