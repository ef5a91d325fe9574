"""Reading a message: only what our producers write is run."""

from __future__ import annotations

from typing import Any

from dramatiq import Message
from hypothesis import given
from hypothesis import strategies as st

from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from producers.runtime.queue import WakeUp
from workers.event_loop.delivery import Delivery, Foreign, read


def _read(raw: bytes) -> Delivery | Foreign:
    return read(raw, queue=QUEUE_PAYMENTS, actors={ACTOR_CHARGE})


def _sent(**changed: Any) -> bytes:
    fields = {
        "queue_name": QUEUE_PAYMENTS,
        "actor_name": ACTOR_CHARGE,
        "args": ("ORD-1", 1),
        "kwargs": {},
        "options": {"redis_message_id": "ORD-1"},
    }
    return Message(**{**fields, **changed}).encode()


def test_our_own_message_is_read() -> None:
    """A producer's wake-up is a delivery of its order under its own id."""
    delivery = _read(WakeUp("ORD-1", 1_700_000_000_000, sweep=3).encode())
    assert isinstance(delivery, Delivery)
    assert (delivery.order_id, delivery.version, delivery.redis_id) == ("ORD-1", 1, b"ORD-1~3")
    assert delivery.message() == Message.decode(WakeUp("ORD-1", 1_700_000_000_000, sweep=3).encode())


@given(st.text(), st.integers(), st.dictionaries(st.text(), st.text()))
def test_reading_dramatiqs_messages_is_total(text: str, number: int, options: dict[str, str]) -> None:
    """No message Dramatiq can write makes it raise; what it delivers is a short text and a small number."""
    reading = _read(_sent(args=(text, number), options={"redis_message_id": text, **options}))
    if isinstance(reading, Delivery):
        assert 0 < len(reading.order_id) <= 128
        assert 0 < reading.version < 1000
