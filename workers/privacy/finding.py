"""All that there is of one customer: their orders, subscriptions and payments, and which rows, keys and entries of the
stream still say something of them. Reads, and changes nothing.

The archive knows what belongs together. What names the customer is looked for everywhere besides: in every row of the
ledger, every counter of risk rules, and every entry of the stream.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from producers.errors import ProducerError
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.scripts import NAMESPACE
from producers.splits.made_of import MadeOf
from producers.splits.made_of import read as read_made
from producers.subscriptions.book.tables import ATTEMPTS, DEAD_CARDS, NOTICES, PAUSES, PERIODS, SUBSCRIPTIONS, TERMS
from workers.events.archive.statements import in_parts
from workers.events.archive.tables import CHARGEBACKS, EVENTS, ORDER_ATTEMPTS, ORDERS, UNREAD_EVENTS
from workers.events.webhooks.tables import DELIVERIES

#: Keys or entries looked at in one step.
STEP: Final = 500
#: Orders of one customer at the most: databases take so many values in one question.
ORDERS_MAX: Final = 10_000
_RISK: Final = f"{NAMESPACE}:risk:"
#: Counters of one customer, and those in which customers are members.
_OF_CUSTOMER: Final = ("cards", "places", "hours")
_OF_CUSTOMERS: Final = f"{_RISK}customers:*"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer by their name and, where there is a key, by their pseudonym; and what is theirs."""

    names: tuple[str, ...]
    subscriptions: frozenset[str]
    orders: frozenset[str]
    payments: frozenset[str]


def person_of(archive: Archive, names: Sequence[str]) -> Person:
    """Who is called so. Orders are theirs by name, by a subscription of theirs, by going on for one of theirs, and by
    following one of their payments.

    Raises:
        ProducerError: `customer_too_many`.
        ArchiveUnavailable: it does not answer.
    """
    with archive.reading() as connection:
        named = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.customer.in_(names))
        subscriptions = frozenset(connection.scalars(named))
        orders = _orders(connection, ORDERS.c.customer, names) | _orders(
            connection, ORDERS.c.subscription_id, subscriptions
        )
        while True:
            payments = _payments(connection, orders)
            more = _orders(connection, ORDERS.c.root, orders) | _orders(connection, ORDERS.c.parent_id, payments)
            if len(orders) > ORDERS_MAX:
                message = f"more than {ORDERS_MAX} orders belong to that name: it is not one customer's"
                raise ProducerError("customer_too_many", message)
            if more <= orders:
                return Person(tuple(names), subscriptions, frozenset(orders), frozenset(payments))
            orders |= more


def tables_of(person: Person) -> Mapping[Table, ColumnElement[bool]]:
    """Which rows of which tables are theirs."""
    subscribed = list(person.subscriptions)
    orders, payments = list(person.orders), list(person.payments)
    unread = [UNREAD_EVENTS.c.body.contains(_json_of(name), autoescape=True) for name in person.names]
    return {
        SUBSCRIPTIONS: SUBSCRIPTIONS.c.subscription_id.in_(subscribed),
        **{table: table.c.subscription_id.in_(subscribed) for table in (TERMS, PAUSES, PERIODS, ATTEMPTS, NOTICES)},
        ORDERS: or_(ORDERS.c.order_id.in_(orders), ORDERS.c.customer.in_(person.names)),
        ORDER_ATTEMPTS: ORDER_ATTEMPTS.c.order_id.in_(orders),
        EVENTS: EVENTS.c.subject.in_([*orders, *payments]),
        CHARGEBACKS: or_(CHARGEBACKS.c.order_id.in_(orders), CHARGEBACKS.c.payment_id.in_(payments)),
        DEAD_CARDS: DEAD_CARDS.c.payment_id.in_(payments),
        UNREAD_EVENTS: or_(*unread),
        DELIVERIES: and_(DELIVERIES.c.subject.in_([*orders, *payments]), DELIVERIES.c.body != ""),
    }


#: What of these rows says who somebody is: the rest are the books.
PERSONAL: Final[Mapping[Table, tuple[str, ...]]] = {
    SUBSCRIPTIONS: ("customer", "description"),
    TERMS: ("consent",),
    ATTEMPTS: ("description",),
    ORDERS: ("customer", "card_last4", "card_id"),
    EVENTS: ("body",),
}
#: And rows that are nothing else.
PERSONAL_ROWS: Final = (NOTICES, UNREAD_EVENTS, DELIVERIES)


def personal_rows(table: Table, theirs: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those of their rows that still say who they are."""
    if table in PERSONAL_ROWS:
        return theirs
    return and_(theirs, or_(*(table.c[name].is_not(None) for name in PERSONAL[table])))


def in_archive(connection: Connection, person: Person) -> dict[str, int]:
    """How many rows of each table say who they are."""
    theirs = tables_of(person)
    return {
        f"archive.{table.name}": int(
            connection.scalar(select(func.count()).select_from(table).where(personal_rows(table, theirs[table]))) or 0
        )
        for table in (*PERSONAL, *PERSONAL_ROWS)
    }


def rows_in_ledger(ledger: SyncLedger, person: Person) -> list[str]:
    """The order_ids of their rows: those that the archive knows, and those that name them."""
    found: set[str] = set()
    names = {name.encode() for name in person.names}
    for page in _pages(ledger, keys.order("*")):
        customers = ledger.read_many([("HGET", key, "customer") for key in page])
        for key, customer in zip(page, customers, strict=True):
            order_id = key.removeprefix(keys.order(""))
            if order_id in person.orders or customer in names:
                found.add(order_id)
    return sorted(found)


def splits_in_ledger(ledger: SyncLedger, person: Person) -> dict[str, MadeOf]:
    """Payments in parts that name them, by their keys."""
    found: dict[str, MadeOf] = {}
    for page in _pages(ledger, keys.split("*")):
        made = ledger.read_many([("HGET", key, "made_of") for key in page])
        known = {key: read_made(text) for key, text in zip(page, made, strict=True) if text}
        found |= {key: split for key, split in known.items() if split.customer in person.names}
    return found


def counters_in_ledger(ledger: SyncLedger, person: Person) -> tuple[list[str], list[tuple[str, str]]]:
    """Counters of risk rules: those that are theirs, what was found about their orders among them; and those that they
    are a member of, with the name.
    """
    own = [f"{_RISK}{what}:{name}" for what in _OF_CUSTOMER for name in person.names]
    own += [f"{_RISK}order:{order_id}" for order_id in person.orders]
    found = ledger.read_many([("EXISTS", key) for key in own])
    among: set[tuple[str, str]] = set()
    for page in _pages(ledger, _OF_CUSTOMERS):
        asked = [(key, name) for key in page for name in person.names]
        scores = ledger.read_many([("ZSCORE", key, name) for key, name in asked])
        among |= {each for each, score in zip(asked, scores, strict=True) if score is not None}
    return [key for key, there in zip(own, found, strict=True) if there], sorted(among)


def entries_on_stream(ledger: SyncLedger, person: Person) -> tuple[int, int]:
    """How many entries of the event stream, or on the way to it, name them or tell of their orders; and when the newest
    was told (ms; 0 where there is none).
    """
    named = tuple(f'"customer":{json.dumps(name)}'.encode() for name in person.names)
    orders = {order_id.encode() for order_id in person.orders}
    count = newest_ms = 0
    for key in (keys.EVENTS, keys.OUTBOX):
        for position, fields in _entries(ledger, key):
            body = dict(zip(fields[::2], fields[1::2], strict=True)).get(b"event", b"")
            if _subject(body) in orders or any(each in body for each in named):
                count, newest_ms = count + 1, max(newest_ms, int(position.partition(b"-")[0]))
    return count, newest_ms


def _orders(connection: Connection, column: Any, values: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in in_parts(sorted(values)):
        found |= set(connection.scalars(select(ORDERS.c.order_id).where(column.in_(part))))
    return found


def _payments(connection: Connection, orders: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for part in in_parts(sorted(orders)):
        known = select(ORDERS.c.payment_id).where(ORDERS.c.order_id.in_(part), ORDERS.c.payment_id.is_not(None))
        found |= set(connection.scalars(known))
    return found


def _json_of(name: str) -> str:
    return f'"customer":{json.dumps(name)}'


def _pages(ledger: SyncLedger, pattern: str) -> Iterator[list[str]]:
    """All keys of that pattern; one may come twice."""
    cursor = b"0"
    while True:
        cursor, found = ledger.read_many([("SCAN", cursor, "MATCH", pattern, "COUNT", STEP)])[0]
        if found:
            yield [key.decode() for key in found]
        if cursor == b"0":
            return


def _entries(ledger: SyncLedger, key: str) -> Iterator[tuple[bytes, Sequence[bytes]]]:
    start = "-"
    while entries := ledger.read_many([("XRANGE", key, start, "+", "COUNT", STEP)])[0]:
        yield from entries
        start = f"({entries[-1][0].decode()}"


def _subject(body: bytes) -> bytes:
    _, _, rest = body.partition(b'"subject":"')
    return rest.partition(b'"')[0]
