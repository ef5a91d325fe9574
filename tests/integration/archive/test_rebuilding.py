"""Tables made anew from the events, on both databases."""

from __future__ import annotations

import redis
from sqlalchemy import delete, insert, update

from producers.contract.events import encode
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archiving import DERIVED, rows, tell, wrong
from tests.integration.archive.office import an_archiver, drawn
from workers.events.archive.rebuilding import rebuild
from workers.events.archive.tables import CHARGEBACKS, EVENTS, ORDER_ATTEMPTS, ORDERS, UNREAD_EVENTS


def test_what_was_lost_or_altered_is_there_again(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """Rows that are missing, wrong, or of nothing that was ever told."""
    events = drawn(1, 1_200)
    tell(client, events)
    an_archiver(ledger, archive).catch_up()
    attempt = {"attempt_ref": "X", "order_id": "X", "account": "a", "state": "approved", "changed_at_ms": 0}
    order = {**next(iter(rows(archive, ORDERS).values())), "order_id": "X"}
    chargeback = {**next(iter(rows(archive, CHARGEBACKS).values())), "chargeback_id": "X"}
    with archive.writing() as connection:
        connection.execute(delete(ORDERS).where(ORDERS.c.state == "approved"))
        connection.execute(update(ORDERS).values(amount_minor=1))
        connection.execute(delete(CHARGEBACKS).where(CHARGEBACKS.c.status == "approved"))
        connection.execute(insert(ORDER_ATTEMPTS).values(attempt))
        connection.execute(insert(ORDER_ATTEMPTS).values({**attempt, "attempt_ref": "Y", "order_id": "ORD-1"}))
        connection.execute(insert(ORDERS).values(order))
        connection.execute(insert(CHARGEBACKS).values(chargeback))
    rebuilt = rebuild(archive, "archive")
    assert wrong(archive, events) == []
    expected = len(rows(archive, ORDERS)), len(rows(archive, CHARGEBACKS))
    assert (rebuilt.orders, rebuilt.chargebacks) == expected
    assert (rebuilt.dropped, rebuilt.recovered) == (3, 0)


def test_tables_that_are_right_stay_as_they_are(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """Twice makes no difference, and an archive that has nothing can be made anew."""
    assert rebuild(archive, "archive").orders == 0
    tell(client, drawn(2, 50))
    an_archiver(ledger, archive).catch_up()
    before = [rows(archive, table) for table in DERIVED]
    rebuild(archive, "archive")
    assert [rows(archive, table) for table in DERIVED] == before


def test_what_is_told_no_more_stays(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """Where the time of keeping events is over, rows are all that there is of them."""
    tell(client, drawn(3, 50))
    an_archiver(ledger, archive).catch_up()
    before = [rows(archive, table) for table in DERIVED]
    with archive.writing() as connection:
        connection.execute(update(EVENTS).values(body=None))
    rebuild(archive, "archive")
    assert [rows(archive, table) for table in DERIVED] == before


def test_what_was_put_aside_is_tried_again(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """A later version reads what this one could not; what nobody can read stays where it is."""
    events = drawn(4, 1)
    client.xadd(keys.EVENTS, {"event": b"{"})
    an_archiver(ledger, archive).catch_up()
    kept = {"reader": "archive", "reason": "of a later version", "since_ms": 0}
    with archive.writing() as connection:
        for number, event in enumerate(events):
            later = {**kept, "position": f"1-{number}", "body": encode(event).decode()}
            connection.execute(insert(UNREAD_EVENTS).values(later))
    assert rebuild(archive, "archive").recovered == len(events)
    assert wrong(archive, events) == []
    assert rebuild(archive, "archive").recovered == 0
