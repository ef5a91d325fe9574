"""How far readers have followed a stream: a position, moved in the transaction that writes what was read.

So whatever crashes, a reader stands exactly behind what it has written. Two that read under one name do no harm: the
second finds that the position is not what it thought, and what it was about to write is dropped as a whole.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from producers.runtime.archive.schema import METADATA

#: How far a reader has followed its stream; written together with what it made of it. Retention follows time: it stands
#: at the moment of its last round, in milliseconds.
READERS: Final = Table(
    "readers",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("position", String(41), nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
)

#: The reader that writes down what outbound webhooks are to tell.
WEBHOOKS: Final = "webhooks"
#: Where a reader stands that has read nothing.
BEGINNING: Final = "0"


def position_of(connection: Connection, name: str) -> str:
    """Where that reader stands."""
    found: str | None = connection.scalar(select(READERS.c.position).where(READERS.c.name == name))
    return found or BEGINNING


def positions_of(connection: Connection, names: Collection[str]) -> list[str]:
    """Where those of these readers stand that have ever read anything."""
    return list(connection.scalars(select(READERS.c.position).where(READERS.c.name.in_(names))))


def hold(connection: Connection, name: str) -> None:
    """Keep that reader from writing until this transaction ends. On SQLite whoever writes is alone anyway."""
    connection.execute(select(READERS.c.position).where(READERS.c.name == name).with_for_update())


def move(connection: Connection, name: str, before: str, after: str, now_ms: int) -> bool:
    """Move that reader from one position to another; False where it is not there any more. Must be the first thing
    that a transaction does: from then on the others wait.
    """
    values = {"position": after, "changed_at_ms": now_ms}
    if before == BEGINNING:
        connection.execute(_new(connection, {"name": name, "position": BEGINNING, "changed_at_ms": now_ms}))
    moved = connection.execute(
        update(READERS).where(READERS.c.name == name, READERS.c.position == before).values(values)
    )
    return moved.rowcount == 1


def _new(connection: Connection, row: dict[str, object]) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(READERS).values(row).on_conflict_do_nothing()
