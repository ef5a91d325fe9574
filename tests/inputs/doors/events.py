"""The stream of result events, as readers take it: entries of a reply of Redis, and the position to read from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cardinity_client.money import Money
from producers.contract.events import encode, payment_event
from producers.errors import EventError, InvalidCommand
from producers.feed import Position, entries_of, read_command
from tests.house.asyncapi.chargebacks import chargeback_example
from tests.house.asyncapi.holds import hold_example
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import NOW_MS, PAN

_GOOD = encode(
    payment_event(
        state="approved",
        order_id="ORD-1001",
        attempt_ref="ORD-1001",
        account="default",
        producer="shop",
        amount=Money(2550, "EUR"),
        time_ms=NOW_MS,
    )
)
_WARNING = encode(hold_example())
_CHARGEBACK = encode(chargeback_example("approved", reason="10.4: Other Fraud"))
#: The member of a good event, and what stands there instead; `...` takes it out.
_CHANGES: list[tuple[str, Any]] = [
    ("specversion", "0.3"),
    ("specversion", 1.0),
    ("type", "payment.refunded"),
    ("type", "payment.declined"),
    ("type", "payment.claimed"),
    ("type", "PAYMENT.APPROVED"),
    ("type", None),
    ("type", 1),
    ("type", ...),
    ("type", PAN),
    ("id", "ORD-1001:declined"),
    ("id", "ORD-1001-a2:approved"),
    ("id", ""),
    ("id", 7),
    ("id", ...),
    ("id", PAN),
    ("subject", "ORD-1002"),
    ("subject", ""),
    ("subject", ...),
    ("subject", PAN),
    ("source", 7),
    ("time", "yesterday"),
    ("time", "2026-01-15T10:00:00"),
    ("time", "2026-02-30T10:00:00Z"),
    ("time", 1_768_471_200),
    ("time", None),
    ("time", ...),
    ("datacontenttype", "text/html"),
    ("data", None),
    ("data", []),
    ("data", "{}"),
    ("data", ...),
    ("data.order_id", ...),
    ("data.order_id", 1001),
    ("data.order_id", PAN),
    ("data.attempt_ref", "ORD-1002"),
    ("data.attempt_ref", None),
    ("data.state", "declined"),
    ("data.state", "claimed"),
    ("data.state", "gone"),
    ("data.state", ""),
    ("data.state", PAN),
    ("data.amount", 25.5),
    ("data.amount", ...),
    ("data.currency", None),
    ("data.card_last4", PAN),
    ("data.card_last4", "1111\n"),
    ("data.card_last4", "\u0661" * 4),
    ("data.card_last4", 1111),
    ("data.card_brand", ["Visa"]),
    ("data.evidence", {"a": [1]}),
    ("data.evidence", {"a": 1.5}),
    ("data.evidence", [PAN]),
    ("data.payment_id", 7),
    ("data.error", {"pan": PAN}),
]
#: The same of a chargeback.
_WARNING_CHANGES: list[tuple[str, Any]] = [
    ("type", "payment.approved"),
    ("id", "ORD-1001:approved"),
    ("id", ...),
    ("subject", "ORD-1002"),
    ("data", {}),
    ("data.order_id", "ORD-1002"),
    ("data.attempt_ref", "ORD-1002"),
    ("data.expires_at", "tomorrow"),
    ("data.expires_at", "2026-01-22T10:00:00"),
    ("data.expires_at", ...),
    ("data.payment_id", ...),
]
_CHARGEBACK_CHANGES: list[tuple[str, Any]] = [
    ("type", "chargeback.initiated"),
    ("type", "chargeback.reversed"),
    ("type", "payment.approved"),
    ("id", "chargeback/5b0e1d52-7c1e-4d0c-9a51-0b6f4e2d9c10/declined"),
    ("id", "ORD-1001:approved"),
    ("id", ...),
    ("subject", "ORD-1002"),
    ("subject", ...),
    ("data", {}),
    ("data.chargeback_id", "another"),
    ("data.chargeback_id", ...),
    ("data.status", "declined"),
    ("data.status", "processing"),
    ("data.status", ...),
    ("data.payment_id", ...),
    ("data.payment_id", 7),
    ("data.order_id", "ORD-1002"),
    ("data.order_id", ...),
    ("data.order_id", [PAN]),
    ("data.amount", 25.5),
    ("data.currency", ...),
    ("data.created", "yesterday"),
    ("data.created", "2026-01-15T10:00:00"),
    ("data.reference", {"pan": PAN}),
    ("data.reason", 10.4),
]
#: Bytes that are no event at all.
_BYTES = {
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "binary": bytes(range(256)),
    "cut": _GOOD[:-1],
    "something behind": _GOOD + b"{}",
    "utf-16": _GOOD.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + _GOOD,
    "latin-1": _GOOD.replace(b"shop", b"sh\xf6p"),
    "surrogate": _GOOD.replace(b"shop", b"\\ud800"),
    "deep": b'{"type":"payment.approved","data":' + b"[" * 100_000,
    "a card": PAN.encode(),
}
#: Fields of an entry in which no event is.
_ENTRIES: dict[str, Any] = {
    "no field": {},
    "another field": {b"evnet": _GOOD},
    "another writer": {b"id": b"x", b"pan": PAN.encode()},
    "no fields at all": None,
}
_POSITIONS = [
    "",
    "now",
    "-1",
    "1-",
    "1-x",
    "1--1",
    "0x10",
    "1 2",
    "1\r\n",
    "\u0661",
    "9" * 30,
    "$ ",
    "+",
    ">",
    PAN + "-a",
]


def changed(path: str, value: Any, good: bytes = _GOOD) -> bytes:
    """A good event with that member changed."""
    event = json.loads(good)
    *parents, last = path.split(".")
    inner = event[parents[0]] if parents else event
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(event).encode()


def _rows() -> Iterator[Row]:
    for number, (path, value) in enumerate(_CHANGES):
        yield Row(f"{path}-{number}", _reply({b"event": changed(path, value)}), "event_format")
    for number, (path, value) in enumerate(_CHARGEBACK_CHANGES):
        data = changed(path, value, _CHARGEBACK)
        yield Row(f"chargeback: {path}-{number}", _reply({b"event": data}), "event_format")
    for number, (path, value) in enumerate(_WARNING_CHANGES):
        data = changed(path, value, _WARNING)
        yield Row(f"warning: {path}-{number}", _reply({b"event": data}), "event_format")
    for name, data in _BYTES.items():
        yield Row(name, _reply({b"event": data}), "event_format")
    for name, fields in _ENTRIES.items():
        yield Row(f"entry with {name}", _reply(fields), "event_format")
    for position in _POSITIONS:
        yield Row(f"position {position!r}", Position(position), "position_format", "after")


def _reply(fields: Any) -> list[Any]:
    """What XREAD answers: one stream with a good entry and this one."""
    return [[b"pay:events", [(b"1-1", {b"event": _GOOD}), (b"1-2", fields)]]]


ROWS = [*_rows()]


def knock(world: World, given: list[Any] | Position) -> Told:
    """Ask for what follows a position, or take a reply apart."""
    try:
        if isinstance(given, str):
            return told("", text=repr(read_command(given, block_s=None)))
        return told("", text=repr(entries_of(given)))
    except InvalidCommand as refusal:
        return refused(refusal)
    except EventError as error:
        return told(error.code, text=f"{error} {error!r}")
