"""Reads what the pages show: from Redis, and from the archive. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select

from producers.contract import states
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.settings import Settings
from producers.subscriptions.book.tables import PERIODS
from workers.analytics import DatabaseSource, Report, Scope, make_report
from workers.cli.outcomes import Tally
from workers.cli.reading import reading
from workers.console.batches import Progress
from workers.console.orders import LISTED_MAX
from workers.events.archive.tables import ORDERS
from workers.operations.minutes import Minute, minute_questions, minutes_of

#: Batches that are shown, the newest first, and how far back the archive is asked for them.
BATCHES_MAX: Final = 50
BATCHES_SINCE_MS: Final = 7 * 86_400_000


def last_minutes(settings: Settings) -> tuple[Minute, ...]:
    """What ended in the last minutes."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        now_ms = ledger.now_ms()
        return minutes_of(ledger.ask(*minute_questions(now_ms)), now_ms)


def in_doubt(settings: Settings) -> tuple[list[tuple[str, Sequence[Record]]], int]:
    """Unknown and parked orders, the longest waiting first, and what time it is (ms)."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        found: list[tuple[str, Sequence[Record]]] = []
        for state in (states.PARKED, states.UNKNOWN):
            (ids,) = ledger.ask(("ZRANGE", keys.listed(state), 0, LISTED_MAX - 1))
            names = [each.decode() for each in ids]
            rows = ledger.ask(*(("HGETALL", keys.order(name)) for name in names)) if names else []
            records = (record_from(name, row) for name, row in zip(names, rows, strict=True))
            found.append((state, [record for record in records if record.state == state]))
        return found, ledger.now_ms()


def progress(settings: Settings, name: str = "") -> list[Progress]:
    """How batches stand: the one of that name, or those that the archive has seen lately."""
    with reading(settings.redis_ledger_url, settings) as ledger:
        names = [name] if name else _names(settings, ledger.now_ms() - BATCHES_SINCE_MS)
        found = []
        for each in names:
            counters, halt, valid = ledger.ask(
                ("HGETALL", keys.batch(each)), ("GET", keys.halt(each)), ("HGET", keys.manifest(each), "valid")
            )
            tally = Tally.read(counters)
            rows = int(valid) if valid else tally.known
            if rows:
                found.append(Progress(each, rows, tally, halt.decode() if halt else ""))
        return found


def of_today(settings: Settings) -> tuple[Mapping[str, int], Report]:
    """Periods of subscriptions that fell due today, by state, and the report of today."""
    now = datetime.now(UTC)
    scope = Scope(now.date(), now.date())
    due = PERIODS.c.due_at_ms.between(scope.from_ms, scope.to_ms - 1)
    with Archive(settings) as archive:
        with archive.reading() as connection:
            rows = connection.execute(select(PERIODS.c.state, func.count()).where(due).group_by(PERIODS.c.state)).all()
        report = make_report(DatabaseSource(archive), scope, int(now.timestamp() * 1000))
    return {row[0]: row[1] for row in rows}, report


def _names(settings: Settings, since_ms: int) -> list[str]:
    newest = func.max(ORDERS.c.accepted_at_ms)
    query = select(ORDERS.c.batch).where(ORDERS.c.batch.is_not(None), ORDERS.c.accepted_at_ms >= since_ms)
    query = query.group_by(ORDERS.c.batch).order_by(newest.desc()).limit(BATCHES_MAX)
    with Archive(settings) as archive, archive.reading() as connection:
        return [name for (name,) in connection.execute(query)]
