"""Messages that were put aside because none of our producers can have written them: looked at, replayed, dropped.

A message is never put back as it is. What a replay places is a wake-up call of our own for the order that the message
names, and only if the ledger has that order and it is open: whoever wrote the message can make nobody do more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from producers.contract.fields import read_order_id
from producers.contract.form import Form
from producers.contract.states import TERMINAL
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import record_from
from producers.runtime.queue import WakeUp, in_calls
from producers.runtime.queue.placing import place
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere, OperationRefused

_ENTRY: Final = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Aside:
    """One message: the id of its entry, which begins with when (ms), why, its bytes in all, and its beginning, or
    nothing where that looked like card data."""

    entry: str
    reason: str
    size: int
    card_data: bool
    beginning: bytes

    @property
    def at_ms(self) -> int:
        """When it was put aside."""
        return int(self.entry.partition("-")[0])

    @property
    def order_id(self) -> str:
        """The order that it names; empty where it names none that could be one."""
        if len(self.beginning) != self.size:
            return ""
        try:
            order_id, _ = msgspec.json.decode(self.beginning, type=_Message).args
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""
        return Form({"order_id": order_id}).read("order_id", read_order_id) or ""


def listed(desk: Desk, limit: int) -> list[Aside]:
    """The newest ones, newest first."""
    return [_aside(*entry) for entry in desk.ledger.read("XREVRANGE", keys.QUARANTINE, "+", "-", "COUNT", limit)]


def found(desk: Desk, entry: str) -> Aside:
    """One of them.

    Raises:
        NothingThere: `quarantine_unknown`.
    """
    entries = desk.ledger.read("XRANGE", keys.QUARANTINE, entry, entry) if _ENTRY.fullmatch(entry) else []
    if not entries:
        raise NothingThere("quarantine_unknown", "no message of this id is in quarantine: `cardinity quarantine list`")
    return _aside(*entries[0])


def replay(desk: Desk, entry: str) -> Aside:
    """Wake the order that the message names, and drop the message.

    Raises:
        NothingThere: `quarantine_unknown`.
        OperationRefused: `not_replayable`: it names no order, or none that is open.
    """
    aside = found(desk, entry)
    order_id = aside.order_id
    record = record_from(order_id, desk.ledger.read("HGETALL", keys.order(order_id))) if order_id else None
    if record is None or not record.state or record.state in TERMINAL:
        message = "the message names no order that is open: there is nothing to wake; drop it"
        raise OperationRefused("not_replayable", message)
    wake_up = WakeUp(order_id, desk.now_ms(), record.number("wakes") * 100, batch=record.is_of_batch)

    def deed() -> None:
        for call in in_calls([wake_up]):
            place(desk.queue_client, call)
        _remove(desk, entry)

    desk.do("quarantine.replay", entry, deed, order_id=order_id)
    return aside


def drop(desk: Desk, entry: str) -> Aside:
    """Remove the message.

    Raises:
        NothingThere: `quarantine_unknown`.
    """
    aside = found(desk, entry)
    desk.do("quarantine.drop", entry, lambda: _remove(desk, entry), reason=aside.reason)
    return aside


class _Message(msgspec.Struct):
    """The one thing read here of a message."""

    args: tuple[str, int]


def _remove(desk: Desk, entry: str) -> None:
    desk.ledger_client.execute_command("XDEL", keys.QUARANTINE, entry)


def _aside(entry: bytes, fields: dict[bytes, Any]) -> Aside:
    return Aside(
        entry.decode(),
        fields.get(b"reason", b"").decode(errors="replace"),
        int(fields.get(b"size", b"0")),
        fields.get(b"card_data") == b"1",
        fields.get(b"beginning", b""),
    )
