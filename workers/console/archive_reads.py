"""Reads of the archive that the pages show. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from cardinity_client.money import Money
from producers.contract import renewals as periods
from producers.contract import states
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS, RUNS, SUBSCRIPTIONS
from workers.analytics import DatabaseSource, Report, Scope, make_report
from workers.console.batches import NAMED_MAX as DOUBTED_MAX
from workers.console.found import HITS_MAX, Hit
from workers.console.today import NAMED_MAX, Day, Held
from workers.events.archive.tables import EVENTS, ORDERS
from workers.operations.story import Line

#: Batches that are shown, the newest first, and how far back they are looked for.
BATCHES_MAX: Final = 50
BATCHES_SINCE_MS: Final = 7 * 86_400_000
#: Events of one order that are told.
TOLD_MAX: Final = 100


def recent_batches(settings: Settings, now_ms: int) -> list[str]:
    """Names of batches of which an order was accepted lately, the newest first."""
    newest = func.max(ORDERS.c.accepted_at_ms)
    lately = ORDERS.c.accepted_at_ms >= now_ms - BATCHES_SINCE_MS
    query = select(ORDERS.c.batch).where(ORDERS.c.batch.is_not(None), lately)
    query = query.group_by(ORDERS.c.batch).order_by(newest.desc()).limit(BATCHES_MAX)
    with Archive(settings) as archive, archive.reading() as connection:
        return [name for (name,) in connection.execute(query)]


def doubted(settings: Settings, batch: str) -> list[Hit]:
    """Orders of a batch that are unknown or parked."""
    in_doubt = ORDERS.c.state.in_((states.PARKED, states.UNKNOWN))
    with Archive(settings) as archive, archive.reading() as connection:
        return _hits(connection, ORDERS.c.batch == batch, in_doubt, most=DOUBTED_MAX)


def concerning(settings: Settings, words: str) -> list[Hit]:
    """Orders that are called so, or are of a payment, a customer, a subscription or a root that is."""
    columns = ("order_id", "customer", "payment_id", "parent_id", "subscription_id", "root")
    with Archive(settings) as archive, archive.reading() as connection:
        return _hits(connection, or_(*(ORDERS.c[name] == words for name in columns)), most=HITS_MAX)


def told(settings: Settings, order_id: str) -> list[Line]:
    """What the archive was told of an order, oldest first: the story of one that has left the ledger."""
    query = select(EVENTS.c.at_ms, EVENTS.c.event_id).where(EVENTS.c.subject == order_id)
    query = query.order_by(EVENTS.c.at_ms, EVENTS.c.position).limit(TOLD_MAX)
    with Archive(settings) as archive, archive.reading() as connection:
        return [Line(at_ms, "event", f"told to the owner: {name}") for at_ms, name in connection.execute(query)]


def of_day(settings: Settings, now: datetime) -> tuple[Day, Report]:
    """The day of UTC that it is now: its renewals, and the report about it."""
    scope, now_ms = Scope(now.date(), now.date()), int(now.timestamp() * 1000)
    with Archive(settings) as archive:
        with archive.reading() as connection:
            day = _day(connection, scope, now_ms)
        return day, make_report(DatabaseSource(archive), scope, now_ms)


def _day(connection: Connection, scope: Scope, now_ms: int) -> Day:
    due = PERIODS.c.due_at_ms.between(scope.from_ms, scope.to_ms - 1)
    grouped = select(PERIODS.c.state, PERIODS.c.currency, func.count(), func.sum(PERIODS.c.amount_minor)).where(due)
    counts: dict[str, int] = {}
    sums: dict[str, list[Money]] = {}
    for state, currency, count, minor in connection.execute(grouped.group_by(PERIODS.c.state, PERIODS.c.currency)):
        counts[state] = counts.get(state, 0) + count
        sums.setdefault(state, []).append(Money(int(minor), currency))
    held = PERIODS.c.state == periods.HELD
    first = select(PERIODS).where(held).order_by(PERIODS.c.due_at_ms.desc(), PERIODS.c.subscription_id).limit(NAMED_MAX)
    next_due = SUBSCRIPTIONS.c.next_due_ms
    return Day(
        counts=counts,
        sums=sums,
        held=[_held(row) for row in connection.execute(first).mappings()],
        held_in_all=_count(connection, PERIODS.c.number, held),
        overdue=_count(connection, next_due, next_due <= now_ms),
        later=_count(connection, next_due, next_due.between(now_ms + 1, scope.to_ms - 1)),
        ran_at_ms=connection.scalar(select(func.max(RUNS.c.ended_at_ms))),
        ended=_ended(connection, due),
    )


def _ended(connection: Connection, due: ColumnElement[bool]) -> dict[str, int]:
    """Outcomes of the last attempts at periods that no run has booked yet."""
    last = and_(
        ATTEMPTS.c.subscription_id == PERIODS.c.subscription_id,
        ATTEMPTS.c.number == PERIODS.c.number,
        ATTEMPTS.c.attempt == PERIODS.c.attempt,
    )
    query = select(ORDERS.c.state, func.count()).select_from(PERIODS).join(ATTEMPTS, last)
    query = query.join(ORDERS, ORDERS.c.order_id == ATTEMPTS.c.order_id)
    query = query.where(due, PERIODS.c.state == periods.CHARGING, ORDERS.c.state.in_(states.TERMINAL))
    found = {name: count for name, count in connection.execute(query.group_by(ORDERS.c.state))}  # noqa: C416
    return {name: found[name] for name in states.STATES if name in found}


def _count(connection: Connection, column: Any, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count(column)).where(condition)) or 0


def _held(row: Any) -> Held:
    amount = Money(row["amount_minor"], row["currency"])
    return Held(row["subscription_id"], row["number"], amount, row["reason"] or "", row["due_at_ms"])


def _hits(connection: Connection, *conditions: ColumnElement[bool], most: int) -> list[Hit]:
    query = select(ORDERS).where(*conditions).order_by(ORDERS.c.accepted_at_ms.desc(), ORDERS.c.order_id).limit(most)
    return [_hit(row) for row in connection.execute(query).mappings()]


def _hit(row: Any) -> Hit:
    return Hit(
        row["order_id"],
        row["kind"],
        row["state"],
        Money(row["amount_minor"], row["currency"]),
        row["customer"] or "",
        row["follow_up_id"] or row["payment_id"] or "",
        row["accepted_at_ms"],
    )


def together(hits: Sequence[Hit], more: Hit | None) -> list[Hit]:
    """What the archive has, and what the ledger has beside it: that one is newer."""
    others = [hit for hit in hits if more is None or hit.order_id != more.order_id]
    return others if more is None else [more, *others]
