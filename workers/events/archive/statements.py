"""Rows into tables: those that are there are written over. The same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from workers.events.archive.tables import EVENTS, UNREAD_EVENTS

T = TypeVar("T")

#: Values that one question names: SQLite takes 32,766 of them, and a plan is made for each number.
ASKED_MAX: Final = 500


def write_over(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Each row as it is here, whatever it was. All have the same columns; others of the table stay as they are."""
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    new = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=new), rows)


def write_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Events by their ids. A fact that is told again says so under the same id: the latest telling stays."""
    if not rows:
        return
    statement = _insert(connection, EVENTS)
    told = statement.excluded
    new = {name: told[name] for name in rows[0] if name != "event_id"}
    statement = statement.on_conflict_do_update(
        index_elements=["event_id"], set_=new, where=told.at_ms > EVENTS.c.at_ms
    )
    connection.execute(statement, rows)


def write_once(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Rows that are not there yet, by their keys."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def put_aside(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Entries that cannot be read, once each."""
    write_once(connection, UNREAD_EVENTS, rows)


def in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as one question may name."""
    for start in range(0, len(values), ASKED_MAX):
        yield values[start : start + ASKED_MAX]


def _insert(connection: Connection, table: Table) -> Any:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
