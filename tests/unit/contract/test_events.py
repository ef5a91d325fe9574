"""Events are CloudEvents, name what they tell by a deterministic id, and hold no card."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cardinity_client.money import Money
from producers.contract.events import OrderEvent, PaymentApproved, decode, encode, event_id, payment_event
from producers.contract.names import EVENT_TYPES
from tests.unit.contract.builders import NOW_MS, PAN


def test_an_event_is_a_cloud_event() -> None:
    """Every attribute CloudEvents 1.0 requires is there, and the data is ours."""
    assert json.loads(encode(an_event("approved", payment_id="p1", card_last4="1111", card_brand="Visa"))) == {
        "specversion": "1.0",
        "id": "ORD-1001:approved",
        "source": "/cardinity-batch",
        "type": "payment.approved",
        "subject": "ORD-1001",
        "time": "2026-01-15T10:00:00.123000Z",
        "datacontenttype": "application/json",
        "data": {
            "order_id": "ORD-1001",
            "attempt_ref": "ORD-1001",
            "state": "approved",
            "account": "default",
            "producer": "shop",
            "amount": "25.50",
            "currency": "EUR",
            "payment_id": "p1",
            "card_last4": "1111",
            "card_brand": "Visa",
        },
    }


@pytest.mark.parametrize("state", EVENT_TYPES)
def test_every_state_with_an_event_has_a_type(state: str) -> None:
    """The event decodes to the value that was encoded, and to its own class."""
    event = an_event(state, reason="why", evidence={"scans": 3, "alarm": False, "phase": "body_sent", "status": None})
    assert decode(encode(event)) == event
    assert json.loads(encode(event))["type"] == EVENT_TYPES[state]


@pytest.mark.parametrize("state", ["claimed", "sending", "", "gone"])
def test_the_engines_own_states_have_no_event(state: str) -> None:
    """Asking for one is a programmer's mistake."""
    with pytest.raises(KeyError):
        an_event(state)


def test_the_same_fact_has_the_same_id() -> None:
    """The id follows from attempt and state, not from when it is told."""
    assert event_id("ORD-1001-a2", "declined") == "ORD-1001-a2:declined"
    assert an_event("approved").id == an_event("approved", time_ms=NOW_MS + 9).id


def test_a_reader_skips_what_it_does_not_know() -> None:
    """An event of a later version, with members we have never seen, still decodes."""
    known = an_event("approved")
    later = json.loads(encode(known))
    later["traceparent"] = "00-1"
    later["data"]["installments"] = {"count": 3}
    assert decode(json.dumps(later).encode()) == known


def test_the_gateways_words_are_searched_for_cards() -> None:
    """A decline text that repeats the card number is told without it."""
    event = an_event("declined", error=f"3006: Invalid Card Number {PAN}")
    assert event.data.error == "3006: Invalid Card Number [card number]"


def test_an_event_is_matched_by_its_class() -> None:
    """Readers use `match`: an approved payment is a PaymentApproved."""
    match decode(encode(an_event("approved"))):
        case PaymentApproved(data=data):
            assert data.amount == "25.50"
        case other:
            pytest.fail(f"decoded as {type(other).__name__}")


def an_event(state: str, *, time_ms: int = NOW_MS + 123, **told: Any) -> OrderEvent:
    """An event of the usual order."""
    return payment_event(
        state=state,
        order_id="ORD-1001",
        attempt_ref="ORD-1001",
        account="default",
        producer="shop",
        amount=Money(2550, "EUR"),
        time_ms=time_ms,
        **told,
    )
