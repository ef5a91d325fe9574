"""Which deliveries are over, and how they are taken off: by the courier, by the archive's retention, by an operator."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, true, tuple_

from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import WEBHOOKS, hold
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from workers.events.archive.holding import let_go
from workers.events.webhooks.deliveries import promote
from workers.events.webhooks.tables import DELIVERIES, ENDPOINTS, WAITING

_D: Final = DELIVERIES.c
#: Rows that are taken off in one step.
PRUNED_MAX: Final = 1000
#: Seconds for which rows are kept that are over, beyond the time that events are kept on the stream: read again from
#: its beginning, they would be sent again. What was given up, after a day, can be looked at for as long.
KEPT_BEYOND_S: Final = 604_800
#: The lease of who sends.
DUTY: Final = "couriers"


def nobody_sends() -> ColumnElement[bool]:
    """Deliveries that wait for nothing: delivered, given up, or of an endpoint that is disabled."""
    disabled = select(ENDPOINTS.c.name).where(ENDPOINTS.c.disabled_at_ms.is_not(None))
    return or_(_D.state != WAITING, _D.endpoint.in_(disabled))


def prune(archive: Archive, before_ms: int, names: Collection[str]) -> int:
    """Take off some of the rows that were entered before then, and wait for nothing or for none of these endpoints. How
    many: PRUNED_MAX where there may be more. Raises ArchiveUnavailable.
    """
    idle = or_(nobody_sends(), _D.endpoint.not_in(names))
    return _prune(archive, and_(_D.since_ms < before_ms, idle), before_ms)


def take_off(connection: Connection, over: ColumnElement[bool], now_ms: int) -> int:
    """Take off some of the deliveries that are over; how many. What came behind one that waited is due now."""
    hold(connection, WEBHOOKS)
    found = connection.execute(select(_D.endpoint, _D.event_id, _D.subject).where(over).limit(PRUNED_MAX)).all()
    if found:
        rows = [(row.endpoint, row.event_id) for row in found]
        connection.execute(delete(DELIVERIES).where(tuple_(_D.endpoint, _D.event_id).in_(rows)))
    for name, group in groupby(sorted(found), key=lambda row: row.endpoint):
        promote(connection, name, {row.subject for row in group}, now_ms)
    return len(found)


def is_posted(ledger: SyncLedger) -> bool:
    """Whether a process posts, or did until seconds ago. Raises LedgerUnavailable."""
    return any(ledger.read("EXISTS", keys.lead(duty)) for duty in (WEBHOOKS, DUTY))


def forget(ledger: SyncLedger, archive: Archive, now_ms: int) -> int:
    """Take off every delivery, and keep the stream for webhooks no longer; how many there were. Begun again, it goes
    on. Nobody must post meanwhile: who stands nowhere reads the stream from its beginning.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: again later.
    """
    count = 0
    while pruned := _prune(archive, true(), now_ms):
        count += pruned
    let_go(ledger, archive, WEBHOOKS)
    return count


def _prune(archive: Archive, over: ColumnElement[bool], now_ms: int) -> int:
    with archive.writing() as connection:
        return take_off(connection, over, now_ms)
