"""The bytes and ids of a hint."""

from __future__ import annotations

from dramatiq import Message

from producers.contract.names import ACTOR_CHARGE, ACTOR_HINT, QUEUE_PAYMENTS
from producers.runtime.queue import Hint, WakeUp, enqueue
from workers.event_loop.delivery import Delivery, Foreign, read

PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


def test_a_hint_is_the_message_dramatiq_would_write() -> None:
    """Dramatiq decodes it and encodes that to the same bytes, which are those of version 1 for ever."""
    raw = Hint(PAYMENT_ID, 1_700_000_000_000).encode()
    assert Message.decode(raw).encode() == raw
    assert raw == (
        b'{"queue_name":"payments","actor_name":"hint","args":["3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",1],"kwargs":{},'
        b'"options":{"redis_message_id":"hint~3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"},'
        b'"message_id":"hint~3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10","message_timestamp":1700000000000}'
    )


def test_a_worker_reads_it() -> None:
    """It is a delivery for its own actor, and foreign to a worker from before there were hints."""
    raw = Hint(PAYMENT_ID, 0).encode()
    delivery = read(raw, queue=QUEUE_PAYMENTS, actors={ACTOR_CHARGE, ACTOR_HINT})
    assert isinstance(delivery, Delivery)
    assert (delivery.actor, delivery.order_id, delivery.version) == (ACTOR_HINT, PAYMENT_ID, 1)
    assert isinstance(read(raw, queue=QUEUE_PAYMENTS, actors={ACTOR_CHARGE}), Foreign)


def test_no_wake_up_has_its_id() -> None:
    """An order may be called like the actor; a wake-up of it ends in a number."""
    hint, wake_ups = Hint(PAYMENT_ID, 0), [WakeUp(ACTOR_HINT, 0, sweep) for sweep in (0, 1)]
    assert hint.message_id not in {wake_up.message_id for wake_up in wake_ups}
    assert enqueue([hint]).args == (hint.message_id, hint.encode())
