"""Rows follow from which events there are, and from nothing else. Pure."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.money import Money
from producers.contract.events import FollowUpEvent, OrderEvent, payment_event
from producers.contract.payment_data import Asked, Sent
from tests.happenings import history
from workers.events.archive.attempts import attempt_rows
from workers.events.archive.orders import order_row

AT_MS = 1_768_471_200_000
PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


def told(state: str, after_ms: int = 0, **more: Any) -> OrderEvent:
    facts: dict[str, Any] = {"order_id": "ORD-1", "attempt_ref": "ORD-1", "account": "main", "producer": "shop", **more}
    return payment_event(state=state, amount=Money(2550, "EUR"), time_ms=AT_MS + after_ms, **facts)


def orders(seed: int) -> list[list[OrderEvent]]:
    """The events of each order of a drawn history."""
    found: dict[str, list[OrderEvent]] = {}
    for event in history(random.Random(seed), "ORD-1"):
        if isinstance(event, OrderEvent):
            found.setdefault(event.subject, []).append(event)
    return list(found.values())


@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_events_and_their_repetition_mean_nothing(seed: int, chance: random.Random) -> None:
    """Whatever comes first, and however often: the same rows."""
    for events in orders(seed):
        mixed = [*events, *chance.choices(events, k=3)]
        chance.shuffle(mixed)
        assert order_row(mixed) == order_row(events)
        assert attempt_rows(mixed) == attempt_rows(events)


@given(st.integers(0, 10_000), st.data())
def test_what_is_kept_no_more_stays_in_the_row(seed: int, data: st.DataObject) -> None:
    """A row that was made of the first events, and then of the others alone, says what all of them say."""
    for events in orders(seed):
        cut = data.draw(st.integers(1, len(events)))
        row = order_row(events[:cut])
        if events[cut:]:
            row = order_row(events[cut:], row)
        expected = order_row(events)
        assert {name: row[name] for name in ("state", "reason", "payment_id", "country", "batch", "ended_at_ms")} == {
            name: expected[name] for name in ("state", "reason", "payment_id", "country", "batch", "ended_at_ms")
        }


def test_an_order_is_as_it_was_last_told() -> None:
    """State and reason of the end, and what earlier events said of it."""
    row = order_row(
        [
            told("accepted", asked=Asked("LT", "b1"), card_last4="1111"),
            told("unknown", 500, reason="timeout", sent=Sent(AT_MS + 100, 2)),
            told("approved", 900, payment_id=PAYMENT, card_brand="Visa", sent=Sent(AT_MS + 100, 2)),
        ]
    )
    expected = {
        "order_id": "ORD-1", "kind": "charge", "state": "approved", "reason": None, "country": "LT", "batch": "b1",
        "card_last4": "1111", "card_brand": "Visa", "payment_id": PAYMENT, "parent_id": None, "held": False,
        "amount_minor": 2550, "claims": 2, "accepted_at_ms": AT_MS, "sent_at_ms": AT_MS + 100,
        "ended_at_ms": AT_MS + 900, "unknown_at_ms": AT_MS + 500, "parked_at_ms": None, "changed_at_ms": AT_MS + 900,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_clocks_of_producers_are_not_believed() -> None:
    """One that is ahead does not make an order look as if nobody had worked at it."""
    assert order_row([told("accepted", 60_000), told("pending", 500)])["state"] == "pending"


def test_an_end_is_final_and_money_more_than_any() -> None:
    """Doubts that come late by somebody's clock change nothing; two ends are a contradiction, and the money moved."""
    assert order_row([told("declined", 100), told("unknown", 900, reason="timeout")])["state"] == "declined"
    assert order_row([told("approved", 100, payment_id=PAYMENT), told("not_charged", 900)])["state"] == "approved"


def test_a_state_that_is_entered_again_has_its_latest_time() -> None:
    """Pending, unknown, pending again: one event id, and the later telling is how it stands."""
    row = order_row([told("unknown", 500, reason="timeout"), told("pending", 900, payment_id=PAYMENT)])
    assert (row["state"], row["reason"], row["unknown_at_ms"]) == ("pending", None, AT_MS + 500)


def test_what_follows_a_payment_names_it_as_its_parent() -> None:
    """A refund's own id is the gateway's of the refund; the payment is the parent's, and counted there alone."""
    event = told("approved", kind="refund", payment_id=PAYMENT, follow_up_id="f" * 8)
    assert isinstance(event, FollowUpEvent)
    row = order_row([event])
    assert (row["kind"], row["payment_id"], row["parent_id"], row["follow_up_id"]) == ("refund", None, PAYMENT, "f" * 8)


def test_an_approved_hold_took_no_money() -> None:
    """It is marked, so that no sum of money counts it."""
    held = order_row([told("approved", payment_id=PAYMENT, type="authorization", settled=False)])
    assert (held["held"], order_row([told("approved", payment_id=PAYMENT)])["held"]) == (True, False)


def test_renewals_say_of_which_period_they_are() -> None:
    """By their order_id, and by nothing that was stored elsewhere."""
    row = order_row([told("accepted", order_id="sub.gym-42.7.2", attempt_ref="sub.gym-42.7.2")])
    assert (row["subscription_id"], row["period"], row["attempt"]) == ("gym-42", 7, 2)


def test_what_was_never_sent_is_no_attempt() -> None:
    """An order that expired in the queue has none; one whose answer was lost has."""
    assert attempt_rows([told("accepted"), told("expired", 100)]) == []
    (row,) = attempt_rows([told("accepted"), told("unknown", 100, sent=Sent(AT_MS + 50))])
    assert (row["state"], row["sent_at_ms"], row["ended_at_ms"]) == ("unknown", AT_MS + 50, None)


def test_the_attempt_of_an_order_that_goes_on_is_its_own_decline() -> None:
    """The order is approved by what another one paid; its own attempt was declined, and stays so."""
    events = [
        told("accepted"),
        told("pending", 100, successor="ORD-1-a2", payment_id=PAYMENT, decline_code="3002", sent=Sent(AT_MS + 50)),
        told("approved", 900, successor="ORD-1-a2", payment_id="f" * 36),
    ]
    (row,) = attempt_rows(events)
    assert (row["state"], row["payment_id"], row["decline_code"], row["ended_at_ms"]) == (
        "declined", PAYMENT, "3002", AT_MS + 100,
    )  # fmt: skip
    assert (order_row(events)["state"], order_row(events)["payment_id"]) == ("approved", "f" * 36)


def test_the_attempt_of_an_order_that_was_sent_once_more_stays_as_it_was() -> None:
    """Nobody declined it: what became of it nobody knows, until its own payment is found."""
    events = [
        told("accepted"),
        told("parked", 100, sent=Sent(AT_MS + 50)),
        told("pending", 200, reason="new_attempt", successor="ORD-1-a2"),
    ]
    (row,) = attempt_rows([*events, told("approved", 900, successor="ORD-1-a2", payment_id="f" * 36)])
    assert (row["state"], row["payment_id"], row["sent_at_ms"]) == ("parked", None, AT_MS + 50)
    found = [*events, told("approved", 900, payment_id=PAYMENT)]
    (row,) = attempt_rows(found)
    assert (row["state"], row["payment_id"]) == ("approved", PAYMENT)
    assert (order_row(events)["successor"], order_row(found)["successor"]) == ("ORD-1-a2", None)
