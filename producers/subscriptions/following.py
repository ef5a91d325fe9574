"""Outcomes into the rows of attempts and periods, and how far the event stream was read: one transaction.

Two readers at once do no harm: the second finds that the position is not what it thought, and its batch is dropped as a
whole. An event that comes again changes nothing, because an attempt that has ended does not end once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from producers.contract import renewals as states
from producers.contract import states as orders
from producers.contract.events import Event
from producers.feed import Position
from producers.runtime.archive.database import Archive
from producers.subscriptions.outcomes import Outcome, outcome_in
from producers.subscriptions.tables import ATTEMPTS, PERIODS, READERS, SUBSCRIPTIONS
from producers.subscriptions.till import Till

#: This reader's name in the table of positions.
READER: Final = "renewals"
#: Events that are written together.
CHUNK: Final = 500

#: Period states that an outcome other than "paid" moves.
_OPEN: Final = frozenset({states.PLANNED, states.CHARGING})


def follow(archive: Archive, till: Till, now_ms: int) -> int:
    """Write what has happened since the last time; how many outcomes of renewals that were."""
    written = 0
    while True:
        position = _position(archive)
        events = till.events(position)
        while chunk := list(islice(events, CHUNK)):
            counted = _write(archive, position, chunk, now_ms)
            if counted is None:
                break  # another reader was here: go on from where it stopped
            written, position = written + counted, chunk[-1][0]
        else:
            return written


def apply(connection: Connection, outcomes: Sequence[Outcome], now_ms: int) -> int:
    """Write these outcomes, in their order; how many were of renewals, and news."""
    rows = _rows(connection, {outcome.order_id for outcome in outcomes})
    ended, moved, dead = {}, {}, {}
    news = 0
    for outcome in outcomes:
        row = rows.get(outcome.order_id)
        if row is None or row["outcome"] in orders.TERMINAL or row["event_id"] == outcome.event_id:
            continue
        news += 1
        key = (row["subscription_id"], row["number"])
        row.update(outcome=outcome.state, event_id=outcome.event_id)
        ended[(*key, row["attempt"])] = _ending(row, outcome)
        state, reason = outcome.period_state
        if state == states.CHARGED or (row["attempt"] == row["newest"] and row["state"] in _OPEN):
            row["state"] = state
            moved[key] = {"name": key[0], "at": key[1], "to": state, "why": reason}
        if why := outcome.kills_card:
            dead[key[0]] = {"name": key[0], "card": row["payment_id"], "why": why}
    _save(connection, ended, moved, dead, now_ms)
    return news


def _write(archive: Archive, position: Position, chunk: Sequence[tuple[Position, Event]], now_ms: int) -> int | None:
    outcomes = [outcome for _, event in chunk if (outcome := outcome_in(event)) is not None]
    try:
        with archive.writing() as connection:
            if not _move(connection, position, chunk[-1][0], now_ms):
                return None
            return apply(connection, outcomes, now_ms)
    except IntegrityError:
        return None  # two readers began at the beginning


def _position(archive: Archive) -> Position:
    with archive.reading() as connection:
        found = connection.scalar(select(READERS.c.position).where(READERS.c.name == READER))
    return Position(found or "0")


def _move(connection: Connection, before: Position, after: Position, now_ms: int) -> bool:
    values = {"position": after, "changed_at_ms": now_ms}
    moved = connection.execute(
        update(READERS).where(READERS.c.name == READER, READERS.c.position == before).values(values)
    )
    if moved.rowcount == 0 and before == "0":
        connection.execute(insert(READERS).values(name=READER, **values))
        return True
    return moved.rowcount == 1


def _rows(connection: Connection, order_ids: set[str]) -> dict[str, dict[str, Any]]:
    query = (
        select(ATTEMPTS, PERIODS.c.state, PERIODS.c.attempt.label("newest"))
        .join(PERIODS)
        .where(ATTEMPTS.c.order_id.in_(sorted(order_ids)))
    )
    return {row["order_id"]: dict(row) for row in _mappings(connection, query)} if order_ids else {}


def _mappings(connection: Connection, query: Any) -> Iterator[RowMapping]:
    yield from connection.execute(query).mappings()


def _ending(row: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    return {
        "name": row["subscription_id"],
        "at": row["number"],
        "try": row["attempt"],
        "outcome": outcome.state,
        "reason": outcome.reason,
        "error": outcome.error,
        "decline_code": outcome.decline_code,
        "merchant_advice_code": outcome.merchant_advice_code,
        "made_payment_id": outcome.payment_id,
        "event_id": outcome.event_id,
        "ended_at_ms": outcome.at_ms if outcome.final else None,
    }


def _save(
    connection: Connection, ended: dict[Any, Any], moved: dict[Any, Any], dead: dict[Any, Any], now_ms: int
) -> None:
    """In the order that `periods` tells of, so that writers never wait for each other in a circle."""
    if dead:
        connection.execute(
            update(SUBSCRIPTIONS)
            .where(
                SUBSCRIPTIONS.c.subscription_id == bindparam("name"), SUBSCRIPTIONS.c.payment_id == bindparam("card")
            )
            .values(card_dead=bindparam("why"), version=SUBSCRIPTIONS.c.version + 1, changed_at_ms=now_ms),
            [dead[key] for key in sorted(dead)],
        )
    if ended:
        columns = ("outcome", "reason", "error", "decline_code", "merchant_advice_code", "made_payment_id", "event_id")
        connection.execute(
            update(ATTEMPTS)
            .where(ATTEMPTS.c.subscription_id == bindparam("name"), ATTEMPTS.c.number == bindparam("at"))
            .where(ATTEMPTS.c.attempt == bindparam("try"))
            .values({name: bindparam(f"new_{name}") for name in (*columns, "ended_at_ms")}),
            [_renamed(ended[key], (*columns, "ended_at_ms")) for key in sorted(ended)],
        )
    if moved:
        connection.execute(
            update(PERIODS)
            .where(PERIODS.c.subscription_id == bindparam("name"), PERIODS.c.number == bindparam("at"))
            .values(state=bindparam("to"), reason=bindparam("why"), changed_at_ms=now_ms),
            [moved[key] for key in sorted(moved)],
        )


def _renamed(values: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {(f"new_{name}" if name in columns else name): value for name, value in values.items()}
