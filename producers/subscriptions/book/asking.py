"""Orders whose end no event has told for long: the ledger is asked for it.

The stream is how ends are heard of. It may have been cut before a reader that slept, or be that of a ledger that was
rebuilt; then the period of an order that has ended would be in flight for ever, and nobody would look.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

from producers.contract import renewals as states
from producers.runtime.archive.database import Archive
from producers.subscriptions.book.outcomes import outcome_of
from producers.subscriptions.book.periods import same_attempt
from producers.subscriptions.book.recording import apply
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS
from producers.subscriptions.till import Till

#: How long an order is in flight before it is asked for, and between two questions. Most have ended within a minute.
QUIET_MS: Final = 3600 * 1000
#: Orders of one run: the longest quiet first.
CHUNK: Final = 500


def ask(archive: Archive, till: Till, now_ms: int) -> int:
    """Write the ends that the ledger knows of; how many."""
    query = (
        select(ATTEMPTS.c.order_id, PERIODS.c.subscription_id, PERIODS.c.number)
        .join(PERIODS, same_attempt())
        .where(PERIODS.c.state == states.CHARGING, PERIODS.c.changed_at_ms <= now_ms - QUIET_MS)
        .order_by(PERIODS.c.changed_at_ms)
        .limit(CHUNK)
    )
    with archive.reading() as connection:
        quiet = connection.execute(query).all()
    if not quiet:
        return 0
    found = [till.find(row.order_id) for row in quiet]
    with archive.writing() as connection:
        written = apply(connection, [outcome_of(each) for each in found if each is not None and each.final], now_ms)
        for row in sorted(quiet, key=lambda row: (row.subscription_id, row.number)):
            connection.execute(
                update(PERIODS)
                .where(PERIODS.c.subscription_id == row.subscription_id, PERIODS.c.number == row.number)
                .where(PERIODS.c.state == states.CHARGING)
                .values(changed_at_ms=now_ms)
            )
    return written
