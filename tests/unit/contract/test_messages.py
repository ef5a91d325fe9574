"""A message is an order_id and a version in Dramatiq's JSON; everything else on the queue is no message."""

from __future__ import annotations

import json
import pickle
from typing import Any

import msgspec
import pytest
from dramatiq import Message
from hypothesis import given
from hypothesis import strategies as st

from producers.contract.messages import BYTES_MAX, ChargeMessage, charge_args, decode_message, read_args
from producers.errors import MessageError
from producers.runtime.queue import WakeUp

GOOD: dict[str, Any] = {
    "queue_name": "payments",
    "actor_name": "charge",
    "args": ["ORD-1001", 1],
    "kwargs": {},
    "options": {"redis_message_id": "ORD-1001"},
    "message_id": "ORD-1001",
    "message_timestamp": 1768471200000,
}

BAD_BYTES = {
    "empty": b"",
    "not json": b"order",
    "text": b'"ORD-1001"',
    "list": b"[]",
    "pickle": pickle.dumps(GOOD),
    "msgpack": msgspec.msgpack.encode(GOOD),
    "gzip": b"\x1f\x8b\x08\x00",
    "random": bytes(range(256)),
    "10 MB": b" " * 10_000_000,
    "10 MB of depth": b"[" * 10_000_000,
    "depth in options": b'{"options": {"x": ' + b"[" * (BYTES_MAX - 100),
    "invalid UTF-8": json.dumps(GOOD).encode().replace(b"ORD", b"\xff\xfe"),
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "two messages": json.dumps(GOOD).encode() * 2,
}

BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"queue_name": "refunds"}, "message_format"),
    ({"actor_name": "erase"}, "message_format"),
    ({"args": []}, "message_format"),
    ({"args": ["ORD-1001"]}, "message_format"),
    ({"args": ["ORD-1001", 1, 2]}, "message_format"),
    ({"args": {"order_id": "ORD-1001"}}, "message_format"),
    ({"args": [1, 1]}, "message_format"),
    ({"args": [None, 1]}, "message_format"),
    ({"args": ["a b", 1]}, "message_format"),
    ({"args": ["ORD-1-a2", 1]}, "message_format"),
    ({"args": ["4111111111111111", 1]}, "message_format"),
    ({"args": ["ORD-1001", 0]}, "version_unsupported"),
    ({"args": ["ORD-1001", -1]}, "version_unsupported"),
    ({"args": ["ORD-1001", "1"]}, "version_unsupported"),
    ({"args": ["ORD-1001", 1.0]}, "version_unsupported"),
    ({"args": ["ORD-1001", True]}, "version_unsupported"),
    ({"args": ["ORD-1001", None]}, "version_unsupported"),
    ({"args": ["ORD-1001", 2]}, "version_newer"),
    ({"args": ["ORD-1001", 99]}, "version_newer"),
    ({"args": [{"order": "ORD-1001"}, 99]}, "version_newer"),
    ({"kwargs": {"order_id": "ORD-1001"}}, "message_format"),
    ({"options": {}}, "message_format"),
    ({"options": []}, "message_format"),
    ({"options": {"redis_message_id": 7}}, "message_format"),
    ({"message_id": None}, "message_format"),
    ({"message_id": "x" * 129}, "message_format"),
    ({"message_timestamp": "now"}, "message_format"),
    ({"message_timestamp": -1}, "message_format"),
    ({"extra": 1}, "message_format"),
]


def test_our_own_message_is_read() -> None:
    """What producers and sweepers enqueue decodes to what they said."""
    expected = ChargeMessage("ORD-1001", "ORD-1001~3", "ORD-1001~3", 1768471200000)
    assert decode_message(WakeUp("ORD-1001", 1768471200000, sweep=3).encode()) == expected


def test_dramatiqs_own_message_is_read() -> None:
    """A message made by Dramatiq itself, as its tools would, decodes too."""
    message: Message[Any] = Message("payments", "charge", charge_args("ORD-1001"), {}, {"redis_message_id": "r1"})
    assert decode_message(message.encode()).order_id == "ORD-1001"


def test_options_are_dropped() -> None:
    """Options that would call actors, delay or retry are not even looked at."""
    options = {
        "redis_message_id": "r1",
        "on_success": "erase",
        "eta": 1,
        "max_retries": 9,
        "pipe_target": {"a": [1]},
    }
    decoded = decode_message(json.dumps({**GOOD, "options": options}).encode())
    assert decoded == ChargeMessage("ORD-1001", "ORD-1001", "r1", 1768471200000)


@pytest.mark.parametrize("data", BAD_BYTES.values(), ids=BAD_BYTES)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    """Pickle, rubbish and ten megabytes get one code, and none of their bytes is repeated."""
    with pytest.raises(MessageError) as caught:
        decode_message(data)
    assert (caught.value.code, len(str(caught.value)) < 100) == ("message_format", True)


def test_a_message_has_a_size() -> None:
    """A good message with much blank space around it is refused unread."""
    data = json.dumps(GOOD).encode()
    assert decode_message(data.ljust(BYTES_MAX)).order_id == "ORD-1001"
    with pytest.raises(MessageError):
        decode_message(data.ljust(BYTES_MAX + 1))


@pytest.mark.parametrize(("changes", "code"), BAD_FIELDS, ids=[str(n) for n in range(len(BAD_FIELDS))])
def test_a_message_that_is_not_exactly_ours_is_refused(changes: dict[str, Any], code: str) -> None:
    """Every field has one type; a newer version is told apart, so that it can be left for a newer worker."""
    with pytest.raises(MessageError) as caught:
        decode_message(json.dumps({**GOOD, **changes}).encode())
    assert caught.value.code == code


@pytest.mark.parametrize("field", GOOD)
def test_no_field_may_be_missing(field: str) -> None:
    """A message has all its fields."""
    with pytest.raises(MessageError):
        decode_message(json.dumps({name: value for name, value in GOOD.items() if name != field}).encode())


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    """Whatever lies on the queue, decoding raises MessageError and nothing else."""
    with pytest.raises(MessageError):
        decode_message(data)


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), max_size=3))
def test_any_arguments_are_read_or_refused(args: list[object]) -> None:
    """An actor called with anything gets an order_id or a MessageError."""
    try:
        assert isinstance(read_args(args), str)
    except MessageError as error:
        assert error.code in {"message_format", "version_newer", "version_unsupported"}


def test_arguments_read_back() -> None:
    """What a producer puts in, the actor gets out."""
    assert read_args(charge_args("ORD-1001")) == "ORD-1001"
