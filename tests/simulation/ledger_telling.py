"""What the scripted ledger tells, to whom and in which order: the counterpart of `telling.lua`."""

from __future__ import annotations

from collections.abc import Callable

from producers.contract import states
from producers.contract.events import OrderEvent, encode, payment_event
from producers.contract.payment_data import Asked
from producers.errors import LedgerUnavailable
from producers.runtime.ledger.record import Record

_Row = dict[str, bytes]


class Telling:
    """The rows, and the streams that are told of them."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.now_ms = now_ms
        self.rows: dict[str, _Row] = {}
        self.events: list[tuple[str, bytes]] = []
        self.outbox: list[tuple[str, bytes]] = []
        self.replicated = False
        #: Orders whose acceptance waits to be told.
        self.untold: list[str] = []
        #: Somebody has used up the ids of the stream: it takes no event.
        self.exhausted = False

    def emit(self, of: tuple[str, _Row] | None, event_id: str, event: bytes) -> None:
        """Tell it, behind what is to be told of that order before; or put it behind the replicas."""
        if of:
            self.tell(*of)
        if event_id:
            self.append(event_id, event)

    def append(self, event_id: str, event: bytes) -> None:
        """To the stream, or to the outbox."""
        if self.exhausted:
            raise LedgerUnavailable("Redis refused the command: ERR", ambiguous=False)
        (self.outbox if self.replicated else self.events).append((event_id, event))

    def tell(self, order_id: str, row: _Row) -> None:
        """That it was accepted, where nobody has said so yet."""
        if row.get("told") == b"0":
            event = acceptance(order_id, row)
            self.append(event.id, encode(event))
            row["told"] = b"%d" % self.now_ms()

    def tell_waiting(self, most: int) -> int:
        """Of so many orders, the oldest first; how many were looked at. A stream that takes nothing holds up none."""
        looked_at = [*self.untold[:most]]
        try:
            for order_id in looked_at:
                if order_id in self.rows:
                    self.tell(order_id, self.rows[order_id])
        except LedgerUnavailable:
            return 0
        del self.untold[:most]
        return len(looked_at)


def acceptance(order_id: str, row: _Row) -> OrderEvent:
    """The event by which an order with this row is told."""
    record = Record(order_id, row)
    return payment_event(
        state=states.ACCEPTED,
        order_id=order_id,
        attempt_ref=record.ref,
        account=record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=record.number("created_at"),
        kind=record.kind,
        payment_id=record.parent or None,
        card_last4=record.text("last4") or None,
        asked=Asked(record.text("country") or None, record.text("batch") or None, record.text("customer") or None),
    )
