"""The bytes and ids of a wake-up."""

from __future__ import annotations

import pytest
from dramatiq import Message
from hypothesis import given
from hypothesis import strategies as st

from producers.runtime.queue import ENQUEUE_MAX, WakeUp, enqueue, in_calls


@given(st.text(), st.integers(0, 2**53), st.integers(0, 10_000), st.booleans())
def test_a_wake_up_is_the_message_dramatiq_would_write(order_id: str, at_ms: int, sweep: int, batch: bool) -> None:
    """Dramatiq decodes it to what was meant, and encodes that to the same bytes."""
    wake_up = WakeUp(order_id, at_ms, sweep, batch)
    message: Message[object] = Message.decode(wake_up.encode())
    assert message.encode() == wake_up.encode()
    assert message == Message(
        queue_name="payments_batch" if batch else "payments",
        actor_name="charge_batch" if batch else "charge",
        args=(order_id, 1),
        kwargs={},
        options={"redis_message_id": wake_up.message_id},
        message_id=wake_up.message_id,
        message_timestamp=at_ms,
    )


def test_a_wake_up_that_was_once_on_a_queue_reads_for_ever() -> None:
    """The golden bytes of version 1."""
    assert WakeUp("ORD-1", 1_700_000_000_000, 2).encode() == (
        b'{"queue_name":"payments","actor_name":"charge","args":["ORD-1",1],"kwargs":{},'
        b'"options":{"redis_message_id":"ORD-1~2"},"message_id":"ORD-1~2",'
        b'"message_timestamp":1700000000000}'
    )


def test_each_sweep_has_an_id_of_its_own() -> None:
    """The first wake-up is named by its order, the n-th sweep's by order and number."""
    assert [WakeUp("ORD-1", 0, sweep).message_id for sweep in (0, 1, 12)] == ["ORD-1", "ORD-1~1", "ORD-1~12"]


def test_a_batch_is_one_call() -> None:
    """Ids and messages go in pairs behind the two keys they touch."""
    first, second = WakeUp("A", 0), WakeUp("B", 0)
    call = enqueue([first, second])
    assert call.keys == ("dramatiq:payments", "dramatiq:payments.msgs")
    assert call.args == ("A", first.encode(), "B", second.encode())
    assert call.by_sha[0] == "EVALSHA"
    assert call.by_sha[2:] == call.by_source[2:] == (2, *call.keys, *call.args)


def test_a_batch_has_a_largest_size() -> None:
    """One script run stays short."""
    with pytest.raises(ValueError, match="500"):
        enqueue([WakeUp("A", 0)] * (ENQUEUE_MAX + 1))


def test_calls_are_of_one_queue_each() -> None:
    """What somebody waits for is placed first."""
    wake_ups = [WakeUp(f"B-{number}", 0, batch=True) for number in range(ENQUEUE_MAX + 1)] + [WakeUp("A", 0)]
    placed = [(call.keys[0], len(call.args) // 2) for call in in_calls(wake_ups)]
    assert placed == [
        ("dramatiq:payments", 1),
        ("dramatiq:payments_batch", ENQUEUE_MAX),
        ("dramatiq:payments_batch", 1),
    ]
    with pytest.raises(ValueError, match="unpack"):
        enqueue(wake_ups[-2:])
