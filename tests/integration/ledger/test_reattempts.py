"""The ledger's scripts for new attempts on a real server: who says so, what is made, and how the first order ends."""

from __future__ import annotations

from typing import Any

import pytest

from producers.contract.succession import NEW_ATTEMPT
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.reattempt_calls import propose, reattempt
from producers.runtime.ledger.results import Claimed, Granted, Moved, NotYours, Proposed, Sighted
from producers.runtime.ledger.succession_calls import Told
from tests import ledgers
from tests.ledgers import MINE, THEIRS

ONA, JONAS = "ona@one", "jonas@two"
SECOND = "ORD-1-a2"
FROM_BEFORE = {"charged_from": "pay-0", "last4": "", "batch": "b1", "customer": "cust-42", "direct": "1"}


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """One with a parked charge by an earlier payment."""
    opened = ledgers.open_ledger(ledger_url)
    park(opened)
    return opened


def park(ledger: SyncLedger, **changes: str) -> None:
    """Bring the order to where a human decides."""
    ledgers.accept(ledger, **{**FROM_BEFORE, **changes})
    ledgers.claim(ledger)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger)
    for state in ("unknown", "parked"):
        ledgers.settle(ledger, state)


def say(ledger: SyncLedger, by: str = ONA, token: str = MINE, valid_ms: int = 60_000) -> Proposed | NotYours:
    """Propose it."""
    return ledger.run(propose("ORD-1", token, by=by, valid_ms=valid_ms, because="back office"))


def confirm(ledger: SyncLedger, by: str = JONAS, **changes: Any) -> Moved | NotYours:
    """Have it sent once more."""
    given: dict[str, Any] = {
        "successor": SECOND,
        "valid_ms": 60_000,
        "told_of_root": Told("ORD-1:told", b"{}"),
        "told_of_successor": Told("next:accepted", b"{}"),
        "due_ms": 600_000,
        **changes,
    }
    return ledger.run(reattempt("ORD-1", given.pop("token", MINE), by=by, **given))


def sight(ledger: SyncLedger, ref: str, row: str, payment_id: str = "p1") -> Sighted:
    """The gateway's list shows this."""
    tag = (ledger.read("HGET", keys.coverage("default"), "tag") or b"").decode()
    answer = ledger.run(calls.sight("default", tag, tag + "t", b"{}", [(ref, payment_id, f"{row} 10.00 EUR - 1")]))
    assert isinstance(answer, Sighted)
    return answer


def ask(ledger: SyncLedger) -> object:
    """A worker asks for the promise of the new attempt."""
    assert isinstance(ledgers.claim(ledger, THEIRS, SECOND), Claimed)
    ledgers.give_credits(ledger)
    return ledger.run(calls.intent(SECOND, THEIRS, window_ms=1000, account="default"))


def money(ledger: SyncLedger) -> dict[str, int]:
    stats = ledger.read("HGETALL", keys.STATS)
    return {name.decode(): int(value) for name, value in stats.items() if int(value) and b"money" in name}


def test_a_card_is_erased_and_what_holds_none_is_kept(ledger_url: str) -> None:
    """Of a charge by an earlier payment what was sealed stays while nobody knows; of any other it goes."""
    opened = ledgers.open_ledger(ledger_url)
    park(opened)
    assert ledgers.read(opened).envelope == b"sealed"
    ledgers.settle(opened, "not_charged", allowed=("parked",))
    assert not ledgers.read(opened).envelope


def test_a_parked_card_cannot_be_sent_once_more(ledger_url: str) -> None:
    """Nothing of it is left."""
    opened = ledgers.open_ledger(ledger_url)
    park(opened, charged_from="", last4="1111")
    assert not ledgers.read(opened).envelope
    say(opened)
    assert confirm(opened) == NotYours("stale", "parked")


def test_two_humans_make_one_order_more(ledger: SyncLedger) -> None:
    """With all that the first one had, due at once; the first waits and keeps nothing. Asked again it is the same."""
    assert say(ledger) == Proposed(ONA)
    assert ledgers.read(ledger).text("proposal") == "back office"
    assert confirm(ledger) == Moved("pending", before="parked")
    assert confirm(ledger) == Moved("pending")
    root, second = ledgers.read(ledger), ledgers.read(ledger, SECOND)
    assert (root.state, root.successor, root.text("reason")) == ("pending", SECOND, NEW_ATTEMPT)
    assert not {"envelope", "proposed_by", "proposed_at", "proposal"} & root.fields.keys()
    told = {name: second.text(name) for name in ("state", "root", "ref", "envelope", "charged_from", "ordered_by")}
    assert told == {
        "state": "accepted", "root": "ORD-1", "ref": SECOND, "envelope": "sealed", "charged_from": "pay-0",
        "ordered_by": f"{ONA} {JONAS}",
    }  # fmt: skip
    assert (second.sealed_for, second.amount, second.text("customer"), second.asks_direct, second.is_of_batch) == (
        "ORD-1", root.amount, "cust-42", True, False,
    )  # fmt: skip
    assert ledgers.event_ids(ledger)[-2:] == ["ORD-1:told", "next:accepted"]
    assert money(ledger) == {"money:accepted:EUR": 1000}


@pytest.mark.parametrize("by", [ONA, "ona@another-host", "Ona@console"])
def test_nobody_confirms_himself(ledger: SyncLedger, by: str) -> None:
    """Not from another host either, nor as the console has the name; and a proposal of before is none."""
    assert confirm(ledger) == NotYours("unconfirmed", "parked")
    say(ledger)
    assert confirm(ledger, by) == NotYours("unconfirmed", "parked")
    assert confirm(ledger, valid_ms=0) == NotYours("unconfirmed", "parked")
    assert ledgers.read(ledger, SECOND).fields == {}


def test_a_proposal_stands_until_it_is_old(ledger: SyncLedger) -> None:
    """The same human's next word takes its place, another's only when it is over."""
    say(ledger)
    assert say(ledger, "ona@another-host") == Proposed("ona@another-host")
    assert say(ledger, JONAS) == Proposed("ona@another-host")
    assert say(ledger, JONAS, valid_ms=0) == Proposed(JONAS)


def test_the_word_is_about_the_evidence(ledger: SyncLedger) -> None:
    """Compare-and-set on its token (rule R4), while the order is parked, and while nothing was seen of it."""
    assert say(ledger, token=THEIRS) == NotYours("stale", "parked")
    say(ledger)
    assert confirm(ledger, token=THEIRS) == NotYours("stale", "parked")
    sight(ledger, "ORD-1", "declined")
    sight(ledger, "ORD-1", "approved", "p2")
    assert confirm(ledger) == NotYours("contradicted", "parked")
    ledgers.settle(ledger, "not_charged", allowed=("parked",))
    assert say(ledger) == NotYours("stale", "not_charged")
    assert confirm(ledger) == NotYours("stale", "not_charged")


def test_once_is_all(ledger: SyncLedger) -> None:
    """A first order that goes on by itself again is not sent a third time."""
    say(ledger)
    confirm(ledger)
    ledgers.claim(ledger, THEIRS, SECOND)
    ledgers.settle(ledger, "cancelled", THEIRS, SECOND, allowed=("claimed",))
    ledgers.settle(ledger, "parked", allowed=("pending",), successor=SECOND)
    assert ledgers.read(ledger).successor == ""
    assert money(ledger) == {"money:parked:EUR": 1000}
    say(ledger)
    assert confirm(ledger) == NotYours("stale", "parked")


def test_the_first_attempt_stops_the_other_while_it_is_unsent(ledger: SyncLedger) -> None:
    """An alarm at once (rule R13), told once; and the promise is refused."""
    say(ledger)
    confirm(ledger)
    assert sight(ledger, "ORD-1", "approved").alarms == ("ORD-1",)
    assert sight(ledger, "ORD-1", "approved").alarms == ()
    assert ask(ledger) == NotYours("overtaken")


def test_a_declined_first_attempt_stops_nobody(ledger: SyncLedger) -> None:
    """It is what the operators have said: nothing was charged."""
    say(ledger)
    confirm(ledger)
    assert sight(ledger, "ORD-1", "declined").alarms == ()
    assert isinstance(ask(ledger), Granted)


def test_the_first_order_is_not_said_to_have_taken_nothing(ledger: SyncLedger) -> None:
    """Where the list shows its attempt it goes on by itself, and ends by its own payment."""
    say(ledger)
    confirm(ledger)
    ask(ledger)
    sight(ledger, "ORD-1", "approved")
    ledgers.settle(ledger, "declined", THEIRS, SECOND)
    for to in ("declined", "not_charged"):
        answer = ledgers.settle(ledger, to, allowed=("pending",), successor=SECOND)
        assert answer == NotYours("contradicted", "pending")
    assert ledgers.settle(ledger, "parked", allowed=("pending",), successor=SECOND) == Moved("parked", before="pending")
    found = ledgers.settle(ledger, "approved", allowed=("parked",), payment_id="p1")
    assert found == Moved("approved", before="parked")
    assert money(ledger) == {}


def test_two_charges_are_an_alarm_once(ledger: SyncLedger) -> None:
    """Told when it was seen, and not again when the order ends by the other."""
    say(ledger)
    confirm(ledger)
    ask(ledger)
    assert sight(ledger, "ORD-1", "approved").alarms == ("ORD-1",)
    ledgers.settle(ledger, "approved", THEIRS, SECOND, payment_id="p2")
    answer = ledgers.settle(ledger, "approved", allowed=("pending",), successor=SECOND, payment_id="p2")
    assert answer == Moved("approved", before="pending")
    assert int(ledger.read("XLEN", keys.ALARMS)) == 1
    assert ledger.read("EXISTS", keys.seen("ORD-1")) == 0
