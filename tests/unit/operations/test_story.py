"""The story of an order: every step in words, in order, and what comes next with its time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from producers.runtime.ledger.record import Record
from workers.operations.alarms import Alarm
from workers.operations.story import Horizon, duration, event_window, facts, of_successor, timeline, what_next
from workers.payments.endings import LINK_UNHEARD
from workers.resolver.verdict import Row

HORIZON = Horizon(ms=6000, clean_scans=3, proves=True)
HISTORY = (
    "1000 accepted  -\n"
    "1010 claimed aaaaaaaa host-1-ab\n"
    "1020 accepted aaaaaaaa breaker_open\n"
    "1030 claimed bbbbbbbb host-2-cd\n"
    "1040 sending bbbbbbbb A-1\n"
    "3040 unknown bbbbbbbb timeout\n"
)


def record(state: str = "unknown", **fields: str) -> Record:
    values = {"state": state, "ref": "A-1", "history": HISTORY, "intent_at": "1040", **fields}
    return Record("A-1", {name: value.encode() for name, value in values.items()})


def test_every_step_is_told_in_words() -> None:
    """Accept, claims, give-back, intent and doubt stand in their order, with holder and reason."""
    assert [line.text for line in timeline(record(), (), ())] == [
        "accepted: on the ledger's disk",
        "claimed by host-1-ab, token aaaaaaaa…",
        "given back unsent: breaker_open",
        "claimed by host-2-cd, token bbbbbbbb…",
        "intent: one request may leave, known as A-1, token bbbbbbbb…",
        "no answer that can be believed: it may have been charged (timeout)",
    ]


def test_of_an_order_that_has_left_its_end_is_told() -> None:
    """And where the rest of the story is."""
    (line,) = timeline(record("declined", archived="1", history="", since="7000"), (), ())
    assert (line.at_ms, line.kind) == (7000, "declined")
    assert line.text == "declined: the bank said no; it has left the ledger, and what led there is in the archive"


def test_a_link_that_nobody_heard_of_is_not_called_unsent() -> None:
    """It was perhaps made; the story says why another one may be."""
    history = HISTORY.replace("breaker_open", LINK_UNHEARD)
    texts = [line.text for line in timeline(record(history=history), (), ())]
    assert texts[2] == "given back: nobody was told of a link that was perhaps made, so one is made anew"


def test_what_an_operator_said_is_not_called_proven() -> None:
    """Who reads the story later must know that it rests on somebody's word."""
    history = f"{HISTORY}9000 not_charged bbbbbbbb operator\n"
    assert timeline(record(history=history), (), ())[-1].text == "not charged: an operator said so, on the evidence"


def test_an_open_link_waits_for_somebody_to_pay() -> None:
    """Not for the gateway."""
    coming = what_next(record("pending", kind="link"), 9000, HORIZON)
    assert (coming.text.startswith("somebody pays"), coming.at_ms) == (True, 9000)


@pytest.mark.parametrize("state", ["accepted", "claimed"])
def test_what_was_called_back_is_not_sent_any_more(state: str) -> None:
    """Whatever else would come next."""
    coming = what_next(record(state, withdrawn_at="1050", not_before="9500"), 9000, HORIZON, halt="paused")
    assert coming.text == "it was called back: whoever meets it ends it"


def test_events_and_sightings_stand_where_they_belong() -> None:
    """What the owner was told and what the gateway lists are lines of the same story."""
    lines = timeline(record(), [Row("p-1", "approved", "10.00", "EUR", "1111", 2000)], [(1000, "A-1:accepted")])
    kinds = [line.kind for line in lines]
    assert kinds == ["accepted", "event", "claimed", "accepted", "claimed", "sending", "sighted", "unknown"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "the money moved"),
        ({"settle": "0"}, "the amount is held, nothing was taken"),
        ({"kind": "refund"}, "the money goes back"),
        ({"kind": "settlement"}, "what was held is taken"),
        ({"kind": "void"}, "the hold is let go, nothing was taken"),
    ],
)
def test_what_is_approved_is_told_by_what_it_does_with_the_money(fields: dict[str, str], words: str) -> None:
    """A hold takes nothing, nor does a void."""
    history = f"{HISTORY}9000 approved bbbbbbbb approved\n"
    assert timeline(record("approved", history=history, **fields), (), ())[-1].text == f"approved: {words}"


def test_a_second_payment_is_a_line_of_the_story() -> None:
    """Which one it is, and what was given back of it, though the order itself names another."""
    paid = record("approved", payment_id="p-1", currency="EUR")
    seen = Alarm(9000, "A-1", "approved", "p-2")
    line = timeline(paid, (), (), [seen])[-1]
    assert (line.kind, line.text) == ("alarm", "ALARM, paid twice: the gateway shows p-2 as approved besides")
    assert what_next(paid, None, HORIZON, alarms=[seen]).text.endswith("whether to give back p-2")
    refunded = replace(seen, refunded_minor=1000)
    assert timeline(paid, (), (), [refunded])[-1].text.endswith("; 10.00 EUR of it were given back")
    assert what_next(paid, None, HORIZON, alarms=[refunded]).text == "nothing: this is final"


def test_a_payment_after_all_stays_with_an_order_that_has_left() -> None:
    """Its end and the alarm are all that is told."""
    stone = record("not_charged", archived="1", history="", since="7000", currency="EUR")
    lines = timeline(stone, (), (), [Alarm(9000, "A-1", "not_charged", "p-2")])
    assert [line.kind for line in lines] == ["not_charged", "alarm"]
    assert lines[-1].text.startswith("ALARM, paid after all: ")


def test_only_what_is_known_is_a_fact() -> None:
    """Empty fields are not shown."""
    assert facts(record(payment_id="p-1", reason="")) == {"payment_id": "p-1"}


def test_what_was_made_of_a_payment_is_a_fact() -> None:
    """A hold that was taken since is not called a hold alone; a void has no amount."""
    held = record("approved", settle="0", currency="EUR")
    assert facts(held, {"settlement": 900})["settled"] == "9.00 EUR"
    assert facts(held, {"void": 0})["voided"] == "all"


@pytest.mark.parametrize(
    ("state", "fields", "at_ms"),
    [
        ("accepted", {}, 9000),
        ("accepted", {"not_before": "9500"}, 9500),
        ("claimed", {"lease_until": "7000"}, 7000),
        ("sending", {"deadline_at": "4040"}, 4040),
        ("pending", {}, 9000),
        ("unknown", {}, 1040 + 6000),
        ("parked", {}, None),
        ("approved", {}, None),
    ],
)
def test_what_comes_next_has_its_time(state: str, fields: dict[str, str], at_ms: int | None) -> None:
    """Each state that moves by itself says when it will at the latest; for the others there is no time."""
    assert what_next(record(state, **fields), 9000, HORIZON).at_ms == at_ms


@pytest.mark.parametrize(("fields", "told"), [({}, False), ({"hold_told": "5000"}, True)])
def test_an_open_hold_is_to_be_settled(fields: dict[str, str], told: bool) -> None:
    """An approved order that only holds its amount says until when, and whether its owner knows."""
    coming = what_next(record("approved", settle="0", **fields), None, HORIZON, 8000)
    assert (coming.at_ms, "its owner was told" in coming.text) == (8000, told)


def test_a_final_order_has_nothing_to_come() -> None:
    """Terminal states say that they are final."""
    assert what_next(record("declined"), None, HORIZON).text == "nothing: this is final"


def test_where_absence_proves_nothing_the_order_is_parked() -> None:
    """With ABSENT=park an unknown order is told to end with a human."""
    horizon = Horizon(ms=6000, clean_scans=3, proves=False)
    assert "parked" in what_next(record(), None, horizon).text


def test_an_event_is_looked_for_around_its_transition() -> None:
    """The window spans every time the state was entered; a state never entered has none."""
    history = record().history
    assert event_window(history, "accepted") == (950, 1070)
    assert event_window(history, "approved") is None


@pytest.mark.parametrize(("ms", "text"), [(0, "0.0 s"), (1500, "1.5 s"), (600_000, "10 min"), (-9_000_000, "2.5 h")])
def test_durations_read_like_speech(ms: int, text: str) -> None:
    """Seconds, then minutes, then hours; the sign is told elsewhere."""
    assert duration(ms) == text


def test_an_order_that_another_goes_on_for_says_so() -> None:
    """Why it is pending, who goes on, and that nothing is due of itself."""
    history = HISTORY.replace("unknown bbbbbbbb timeout", "pending bbbbbbbb {}")
    for way, words in (("backup", "the other instrument is charged"), ("needs_customer", "may pay on a link")):
        texts = [line.text for line in timeline(record("pending", history=history.format(way)), (), ())]
        assert texts[-1].startswith("declined: ") and words in texts[-1]
    coming = what_next(record("pending", successor="A-1-a2"), 9000, HORIZON)
    assert (coming.text.partition(" ")[0], coming.at_ms) == ("A-1-a2", None)


def test_the_story_of_a_successor_is_told_by_its_name() -> None:
    """Within that of the order that it goes on for."""
    lines = of_successor("A-1-a2", timeline(record("accepted", history="1000 accepted  -\n"), (), ()))
    assert [line.text for line in lines] == ["A-1-a2: accepted: on the ledger's disk"]


def test_what_an_operator_has_paused_is_what_an_order_waits_for() -> None:
    """Its queue, or the account that turned it away."""
    coming = what_next(record("accepted", not_before="9500"), 9000, HORIZON, paused="account default")
    assert coming.text == "account default is paused: it is taken once somebody resumes that"
