"""Orders, attempts and chargebacks made anew from the events that tell of them: what the writer does for those it has
just heard of, and a rebuilding for all.

Whoever calls holds the reader (`producers.runtime.archive.readers`), so that no two do it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select

from producers.contract.chargebacks import ChargebackEvent
from producers.contract.events import CLASSES, Event, OrderEvent, decode
from workers.events.archive.attempts import attempt_rows
from workers.events.archive.disputes import chargeback_row, event_ids
from workers.events.archive.orders import order_row
from workers.events.archive.statements import in_parts, write_over
from workers.events.archive.tables import CHARGEBACKS, EVENTS, ORDER_ATTEMPTS, ORDERS

_OF_SUBJECTS: Final = select(EVENTS.c.event_id, EVENTS.c.subject, EVENTS.c.type, EVENTS.c.body).where(
    EVENTS.c.subject.in_(bindparam("subjects", expanding=True))
)
_OF_IDS: Final = select(EVENTS.c.body).where(EVENTS.c.event_id.in_(bindparam("ids", expanding=True)))
_SO_FAR: Final = select(ORDERS).where(ORDERS.c.order_id.in_(bindparam("ids", expanding=True)))

#: Events that were decoded a moment ago, by their JSON.
Decoded = Mapping[str, Event]


def derive_orders(connection: Connection, order_ids: Collection[str], decoded: Decoded, *, anew: bool = False) -> int:
    """Write the rows of these orders, and of their attempts; how many. `anew`: attempts that nobody tells of go."""
    events, faded = _events_of(connection, order_ids, decoded)
    so_far = _so_far(connection, faded)
    orders = [order_row(told, so_far.get(order_id)) for order_id, told in events.items()]
    attempts = [row for order_id, told in events.items() if order_id not in faded for row in attempt_rows(told)]
    write_over(connection, ORDERS, _sorted(orders, "order_id"))
    if anew:
        _forget_attempts(connection, events.keys() - faded)
    write_over(connection, ORDER_ATTEMPTS, _sorted(attempts, "attempt_ref"))
    return len(orders) + len(attempts)


def derive_chargebacks(connection: Connection, chargeback_ids: Collection[str]) -> int:
    """Write the rows of these chargebacks; how many."""
    rows = [chargeback_row(told) for told in _chargebacks(connection, chargeback_ids)]
    write_over(connection, CHARGEBACKS, _sorted(rows, "chargeback_id"))
    return len(rows)


def _events_of(
    connection: Connection, order_ids: Collection[str], decoded: Decoded
) -> tuple[dict[str, list[OrderEvent]], set[str]]:
    """Events by order, and the orders of which some are not kept any more."""
    events: dict[str, list[OrderEvent]] = {}
    faded: set[str] = set()
    for part in in_parts(sorted(order_ids)):
        for _, subject, type_, body in connection.execute(_OF_SUBJECTS, {"subjects": part}):
            if type_ not in CLASSES:
                continue
            if body is None:
                faded.add(subject)
                continue
            event = decoded.get(body) or decode(body.encode())
            assert isinstance(event, OrderEvent)
            events.setdefault(subject, []).append(event)
    return events, faded


def _forget_attempts(connection: Connection, order_ids: Collection[str]) -> None:
    for part in in_parts(sorted(order_ids)):
        connection.execute(delete(ORDER_ATTEMPTS).where(ORDER_ATTEMPTS.c.order_id.in_(part)))


def _so_far(connection: Connection, order_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for part in in_parts(sorted(order_ids)):
        found |= {row["order_id"]: row for row in connection.execute(_SO_FAR, {"ids": part}).mappings()}
    return found


def _chargebacks(connection: Connection, chargeback_ids: Collection[str]) -> Iterator[list[ChargebackEvent]]:
    for chargeback_id in chargeback_ids:
        bodies = connection.scalars(_OF_IDS, {"ids": event_ids(chargeback_id)})
        events = [decode(body.encode()) for body in bodies if body is not None]
        if events:
            yield [event for event in events if isinstance(event, ChargebackEvent)]


def _sorted(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Everybody takes rows in one order, so that nobody waits for whom waits for him."""
    return sorted(rows, key=lambda row: str(row[key]))
