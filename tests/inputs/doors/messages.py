"""The queue: messages that anybody who reaches Redis may have put there."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Iterator
from typing import Any

from dramatiq import Message

from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN, card_fields
from workers.event_loop.delivery import ACTOR_UNKNOWN, MESSAGE_FORMAT, OPTIONS_FOREIGN, QUEUE_MISMATCH, Foreign, read

_ID = {"redis_message_id": "ORD-1"}


def sent(**changed: Any) -> bytes:
    """A good message with changes, as Dramatiq writes it."""
    fields = {
        "queue_name": QUEUE_PAYMENTS,
        "actor_name": ACTOR_CHARGE,
        "args": ("ORD-1", 1),
        "kwargs": {},
        "options": _ID,
        "message_id": "ORD-1",
        "message_timestamp": 1_768_471_200_000,
    }
    return Message(**{**fields, **changed}).encode()


#: Bytes that are no message of this layout.
_FORMAT = {
    "nothing": b"",
    "blank": b" ",
    "utf-16 mark": b"\xff\xfe",
    "null": b"null",
    "list": b"[]",
    "empty object": b"{}",
    "deep": b'{"a":' * 50_000,
    "something behind": sent() + b"x",
    "two messages": sent() * 2,
    "cut": sent()[:-1],
    "pickle": pickle.dumps({"order_id": "ORD-1"}),
    "gzip": gzip.compress(sent(), mtime=0),
    "msgpack": b"\x87\xaaqueue_name\xa8payments",
    "byte order mark": b"\xef\xbb\xbf" + sent(),
    "nan": sent().replace(b"1768471200000", b"NaN"),
    "utf-16": sent().decode().encode("utf-16"),
    "latin-1": sent().replace(b"ORD-1", b"ORD-\xe4"),
    "card": json.dumps(card_fields()).encode(),
    "order_id surrogate": sent().replace(b"ORD-1", b"\\ud800"),
    "order_id empty": sent(args=("", 1)),
    "order_id long": sent(args=("x" * 129, 1)),
    "order_id number": sent(args=(1, 1)),
    "order_id null": sent(args=(None, 1)),
    "order_id list": sent(args=(["ORD-1"], 1)),
    "order_id alone": sent(args=("ORD-1",)),
    "no arguments": sent(args=()),
    "an argument more": sent(args=("ORD-1", 1, PAN)),
    "arguments as object": sent().replace(b'["ORD-1",1]', b'{"order_id":"ORD-1"}'),
    "version true": sent(args=("ORD-1", True)),
    "version float": sent(args=("ORD-1", 1.5)),
    "version text": sent(args=("ORD-1", "1")),
    "version zero": sent(args=("ORD-1", 0)),
    "version negative": sent(args=("ORD-1", -1)),
    "version beyond": sent(args=("ORD-1", 1000)),
    "version endless": sent(args=("ORD-1", 10**400)),
    "keyword arguments": sent(kwargs={"order_id": "ORD-2"}),
    "keyword card": sent(kwargs={"pan": PAN}),
    "no options": sent(options={}),
    "options null": sent(options=None),
    "options list": sent(options=[]),
    "id number": sent(options={"redis_message_id": 1}),
    "id empty": sent(options={"redis_message_id": ""}),
    "id long": sent(options={"redis_message_id": "x" * 129}),
    "message_id empty": sent(message_id=""),
    "message_id number": sent(message_id=7),
    "time text": sent(message_timestamp="now"),
    "time negative": sent(message_timestamp=-1),
    "time float": sent(message_timestamp=1.5),
    "time true": sent(message_timestamp=True),
    "queue number": sent(queue_name=1),
    "queue empty": sent(queue_name=""),
    "actor null": sent(actor_name=None),
    "actor long": sent(actor_name="x" * 10_000),
    "a field more": sent().replace(b'"kwargs"', b'"more":1,"kwargs"'),
    "a field less": sent().replace(b'"kwargs":{},', b""),
    "a megabyte": b"x" * 1_000_000,
}
#: Options that Dramatiq or its middleware act upon, and what stands in them.
_STEERING: dict[str, Any] = {
    "eta": 1,
    "delay": 60_000,
    "max_retries": 10**9,
    "max_age": 1,
    "min_backoff": 1,
    "max_backoff": 1,
    "retries": -1,
    "retry_when": "always",
    "requeue_timestamp": 1,
    "throws": "Exception",
    "time_limit": 1,
    "notify_shutdown": True,
    "on_success": "charge",
    "on_failure": "charge",
    "on_retry_exhausted": "charge",
    "pipe_target": {},
    "pipe_ignore": True,
    "group_completion_uuid": "0",
    "broker_priority": -1,
    "store_results": True,
    "traceback": PAN,
}


def _rows() -> Iterator[Row]:
    for name, raw in _FORMAT.items():
        yield Row(name, raw, MESSAGE_FORMAT)
    for option, value in _STEERING.items():
        yield Row(f"option {option}", sent(options={**_ID, option: value}), OPTIONS_FOREIGN)
    yield Row("option alone", sent(options={"pipe_target": {}}), OPTIONS_FOREIGN)
    yield Row("option named by a card", sent(options={**_ID, PAN: 1}), OPTIONS_FOREIGN)
    for queue in ("default", "payments.DQ", "payments.XQ", "Payments", "payments ", PAN):
        yield Row(f"queue {queue!r}", sent(queue_name=queue), QUEUE_MISMATCH)
    for actor in ("refund", "Charge", "charge ", "__import__", PAN):
        yield Row(f"actor {actor!r}", sent(actor_name=actor), ACTOR_UNKNOWN)


ROWS = [*_rows()]


def knock(world: World, given: bytes) -> Told:
    """Read it as the event loop does."""
    reading = read(given, queue=QUEUE_PAYMENTS, actors={ACTOR_CHARGE})
    return told(reading.reason, text=repr(reading)) if isinstance(reading, Foreign) else told("", text=repr(reading))
