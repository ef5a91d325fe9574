"""The ledger's scripts for chains on a real server: who goes on, who may be sent, and how the first of them ends."""

from __future__ import annotations

from typing import Any

import pytest

from producers.runtime.ledger import calls, disputes, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Claimed, Moved, NotYours, Sighted
from producers.runtime.ledger.succession_calls import Told, succeed
from tests import ledgers
from tests.ledgers import MINE, THEIRS

FURTHER = {
    "further": "backup link",
    "backup": "b" * 32,
    "backup_last4": "4242",
    "backup_envelope": "second",
    "needs_customer": "link",
    "link_envelope": "page",
    "batch": "b1",
}
SECOND, LINK = "ORD-1-a2", "ORD-1-a3"


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """One with an order whose request may have left, and which others may continue."""
    opened = ledgers.open_ledger(ledger_url)
    ledgers.accept(opened, **FURTHER)
    ledgers.claim(opened)
    ledgers.give_credits(opened)
    ledgers.intend(opened)
    return opened


def go_on(ledger: SyncLedger, order_id: str = "ORD-1", way: str = "backup", **changes: Any) -> Moved | NotYours:
    """The bank has declined it."""
    given: dict[str, Any] = {
        "allowed": ("sending", "unknown", "pending"),
        "successor": SECOND if way == "backup" else LINK,
        "ref": SECOND if way == "backup" else "cb-token",
        "further": "link" if way == "backup" else "",
        "reason": way,
        "payment_id": "p1",
        "told": Told(f"{order_id}:told", b"{}"),
        "told_of_root": Told(),
        "told_of_successor": Told("next:accepted", b"{}"),
        "due_ms": 600_000,
        "fields": {"error": "3001: Insufficient funds"},
        **changes,
    }
    token = given.pop("token", MINE)
    return ledger.run(succeed(order_id, token, **given))


def close(ledger: SyncLedger, to: str, last: str = SECOND) -> Moved | NotYours:
    """The first order ends as the last."""
    return ledgers.settle(ledger, to, allowed=("pending",), successor=last, payment_id="p2")


def sent(ledger: SyncLedger, order_id: str = SECOND) -> None:
    """Its one request may have left."""
    assert isinstance(ledgers.claim(ledger, order_id=order_id), Claimed)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger, order_id=order_id)


def sight(ledger: SyncLedger, ref: str, payment_id: str, row: str) -> Sighted:
    """The gateway's list shows this."""
    tag = (ledger.read("HGET", keys.coverage("default"), "tag") or b"").decode()
    answer = ledger.run(calls.sight("default", tag, tag + "t", b"{}", [(ref, payment_id, row)]))
    assert isinstance(answer, Sighted)
    return answer


def stats(ledger: SyncLedger) -> dict[str, int]:
    return {name.decode(): int(value) for name, value in ledger.read("HGETALL", keys.STATS).items() if int(value)}


def test_the_next_order_is_created_with_what_was_sealed_for_it(ledger: SyncLedger) -> None:
    """Accepted and due at once, bound to its root, and with the link that is left over; the root keeps nothing."""
    assert go_on(ledger) == Moved("pending", before="sending")
    root, second = ledgers.read(ledger), ledgers.read(ledger, SECOND)
    assert (second.state, second.root, second.envelope, second.ref) == ("accepted", "ORD-1", b"second", SECOND)
    told = (second.text("instrument"), second.text("last4"), second.further, second.text("link_envelope"))
    assert told == ("b" * 32, "4242", "link", "page")
    assert (root.state, root.successor, root.text("reason")) == ("pending", SECOND, "backup")
    assert (root.text("declined_payment_id"), root.text("payment_id")) == ("p1", "")
    assert not [name for name in root.fields if name.endswith("envelope")]
    assert ledgers.event_ids(ledger)[-2:] == ["ORD-1:told", "next:accepted"]


def test_the_next_order_is_created_once(ledger: SyncLedger) -> None:
    """Asked again it is the same turn; another turn, another token or another state are none."""
    go_on(ledger)
    before = ledgers.read(ledger, SECOND)
    assert go_on(ledger) == Moved("pending")
    assert go_on(ledger, way="needs_customer") == NotYours("stale", "pending")
    assert ledgers.read(ledger, SECOND) == before
    assert ledgers.read(ledger, LINK).fields == {}
    assert ledgers.event_ids(ledger).count("next:accepted") == 1


def test_only_the_holder_of_the_evidence_lets_another_go_on(ledger: SyncLedger) -> None:
    """Compare-and-set on the token (rule R4), from a state that the caller has allowed."""
    assert go_on(ledger, token=THEIRS) == NotYours("stale", "sending")
    assert go_on(ledger, allowed=("unknown",)) == NotYours("stale", "sending")
    assert go_on(ledger, "ORD-9") == NotYours("missing")
    assert ledgers.read(ledger, SECOND).fields == {}


def test_an_unknown_order_keeps_what_may_go_on_and_a_parked_one_does_not(ledger: SyncLedger) -> None:
    """The resolver may find the decline; of a parked order a human decides."""
    ledgers.settle(ledger, "unknown")
    assert ledgers.read(ledger).text("backup_envelope") == "second"
    assert not ledgers.read(ledger).envelope
    ledgers.settle(ledger, "parked")
    assert not [name for name in ledgers.read(ledger).fields if name.endswith("envelope")]
    assert go_on(ledger, allowed=("parked",)) == NotYours("stale", "parked")


def test_it_is_sent_only_while_its_root_waits_for_it(ledger: SyncLedger) -> None:
    """Neither before its turn nor behind it."""
    go_on(ledger)
    ledgers.claim(ledger, order_id=SECOND)
    ledger.read("HSET", keys.order("ORD-1"), "successor", LINK)
    ask = calls.intent(SECOND, MINE, window_ms=1000, account="default")
    assert ledger.run(ask) == NotYours("stale", "claimed")
    ledger.read("HSET", keys.order("ORD-1"), "successor", SECOND, "state", "declined")
    assert ledger.run(ask) == NotYours("stale", "claimed")


def test_a_root_ends_only_as_its_last_order_has(ledger: SyncLedger) -> None:
    """Not while that is open, not otherwise than that, and not by whoever does not know of it."""
    go_on(ledger)
    sent(ledger)
    for state in ("unknown", "parked"):
        ledgers.settle(ledger, state, order_id=SECOND)
        for to in ("approved", "declined"):
            assert close(ledger, to) == NotYours("stale", "pending")
    ledgers.settle(ledger, "approved", order_id=SECOND, allowed=("parked",), payment_id="p2")
    assert close(ledger, "declined") == NotYours("stale", "pending")
    assert ledgers.settle(ledger, "approved", allowed=("pending",), payment_id="p2") == NotYours("late", "pending")
    assert close(ledger, "approved", LINK) == NotYours("stale", "pending")
    assert close(ledger, "approved") == Moved("approved", before="pending")
    assert close(ledger, "approved") == Moved("approved")


def test_one_in_the_middle_ends_and_its_root_waits_for_the_next(ledger: SyncLedger) -> None:
    """Two turns, each in one step; a third there is none."""
    go_on(ledger)
    sent(ledger)
    assert go_on(ledger, SECOND, "needs_customer", payment_id="p2") == Moved("declined")
    root, second, link = (ledgers.read(ledger, name) for name in ("ORD-1", SECOND, LINK))
    assert (second.state, second.successor, second.text("payment_id")) == ("declined", LINK, "p2")
    assert (root.state, root.successor, root.text("declined_payment_id")) == ("pending", LINK, "p2")
    assert (link.state, link.kind, link.root, link.envelope, link.further) == ("accepted", "link", "ORD-1", b"page", "")
    assert close(ledger, "declined") == NotYours("stale", "pending")


def test_its_end_makes_the_root_due_at_once(ledger: SyncLedger) -> None:
    """Nobody need poll for it."""
    go_on(ledger)
    sent(ledger)
    assert float(ledger.read("ZSCORE", keys.DUE_BATCH, "ORD-1")) > ledgers.read(ledger).number("since") + 500_000
    ledgers.settle(ledger, "declined", order_id=SECOND)
    assert float(ledger.read("ZSCORE", keys.DUE_BATCH, "ORD-1")) <= ledgers.read(ledger, SECOND).number("since")


def test_orders_and_money_are_counted_once(ledger: SyncLedger) -> None:
    """The money where it is at stake, the end with the first, the batch by the first alone."""
    go_on(ledger)
    assert stats(ledger) == {
        "orders:pending": 1, "orders:accepted": 1, "money:accepted:EUR": 1000,
    }  # fmt: skip
    sent(ledger)
    ledgers.settle(ledger, "unknown", order_id=SECOND)
    assert {name: value for name, value in stats(ledger).items() if "money" in name} == {"money:unknown:EUR": 1000}
    ledgers.settle(ledger, "approved", order_id=SECOND, payment_id="p2")
    close(ledger, "approved")
    assert stats(ledger) == {"orders:approved": 1}
    batch = {name: int(count) for name, count in ledger.read("HGETALL", keys.batch("b1")).items() if int(count)}
    assert batch == {b"approved": 1}


def test_a_customer_at_the_bank_may_be_sent_to_a_link(ledger: SyncLedger) -> None:
    """Pending for 3-D Secure and pending still: nothing of that payment is left, and the money counts once."""
    ledgers.settle(ledger, "pending", payment_id="p1", continuation='{"version":2}')
    assert go_on(ledger, way="needs_customer") == Moved("pending")
    root = ledgers.read(ledger)
    assert (root.state, root.step, root.text("payment_id"), root.successor) == ("pending", b"", "", LINK)
    assert [line.detail for line in root.history][-1] == "needs_customer"
    assert {name: value for name, value in stats(ledger).items() if "money" in name} == {"money:accepted:EUR": 1000}


def test_the_root_tells_where_its_customer_pays(ledger: SyncLedger) -> None:
    """In the step that makes the link known."""
    go_on(ledger, way="needs_customer")
    sent(ledger, LINK)
    ledgers.settle(ledger, "pending", order_id=LINK, link_id="l1", link_url="https://pay.example/l1")
    assert ledgers.read(ledger).text("link_url") == "https://pay.example/l1"


def test_a_link_is_taken_back_by_the_name_of_the_order(ledger: SyncLedger) -> None:
    """It is the link's wish that is kept; an order that another card is charged for has none."""
    go_on(ledger)
    assert ledger.run(calls.withdraw("ORD-1", link=True)) == NotYours("no_link")
    sent(ledger)
    go_on(ledger, SECOND, "needs_customer")
    told = ledger.run(calls.withdraw("ORD-1", link=True))
    assert isinstance(told, Record)
    assert told.order_id == "ORD-1"
    assert ledgers.read(ledger, LINK).number("withdrawn_at")


def test_each_payment_is_led_to_its_own_order(ledger: SyncLedger) -> None:
    """By the reference that the gateway repeats: the root's, or the successor's."""
    go_on(ledger)
    sent(ledger)
    assert sight(ledger, SECOND, "p2", "approved 10.00 EUR 4242 1").alarms == ()
    assert ledger.run(calls.evidence(SECOND, "default")).rows == (("p2", "approved 10.00 EUR 4242 1"),)
    assert ledger.run(calls.evidence("ORD-1", "default")).rows == ()


def test_another_approved_payment_of_the_root_is_an_alarm_at_once(ledger: SyncLedger) -> None:
    """Its one attempt was declined, so that is money which nobody has asked for (rule R13)."""
    go_on(ledger)
    assert sight(ledger, "ORD-1", "p1", "declined 10.00 EUR 1111 1").alarms == ()
    assert sight(ledger, "ORD-1", "p9", "approved 10.00 EUR 1111 1").alarms == ("ORD-1",)


def test_a_decline_beside_an_approved_payment_is_no_turn(ledger: SyncLedger) -> None:
    """The list has shown one of the same reference: what is true must be found out first."""
    sight(ledger, "ORD-1", "p9", "approved 10.00 EUR 1111 1")
    assert go_on(ledger) == NotYours("contradicted", "sending")
    assert ledgers.read(ledger, SECOND).fields == {}


def test_a_disputed_card_is_not_taken_for_that_of_the_root(ledger: SyncLedger) -> None:
    """The root has the payment, the successor has the instrument that it was charged from."""
    go_on(ledger)
    sent(ledger)
    ledgers.settle(ledger, "approved", order_id=SECOND, payment_id="p2")
    close(ledger, "approved")
    found = [ledger.run(disputes.kin("default", "0", 100, [card * 32]))[1] for card in "bf"]
    assert found == [[("b" * 32, "p2")], []]
