"""What is drawn from the witnesses of a lost ledger: the logs, the archive, an older copy, and the gateway's list."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from producers.contract import states
from producers.runtime.archive.readers import BEGINNING, move
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin, remember
from tests.integration.recovery.hosts import Host
from tests.ledgers import accept, read
from workers.events.archive.tables import EVENTS
from workers.recovery.sources import told_to_ms


def test_a_payment_that_no_log_tells_of_says_that_logs_are_missing(host: Host) -> None:
    """Somebody said that all logs are here. The list shows an order that none has: it is asked for where it is listed,
    and nothing else is believed to be unsent. What is listed and known says nothing.
    """
    host.tell("ORD-1", "ORD-2", state=states.ACCEPTED)
    host.tell("ORD-3", state=states.APPROVED, payment_id="pay-3")
    host.client.flushdb()
    tally = host.rebuild(listed=["ORD-1", "ORD-3", "of-others"])
    ledger = host.again()
    assert dict(tally.orders) == {"ask": 1, "park": 1, "end": 1}
    first = read(ledger, "ORD-1")
    assert (first.state, first.lane, first.intent_at_ms) == (states.UNKNOWN, "second", 1)
    assert read(ledger, "ORD-2").state == states.PARKED


def test_payments_of_orders_that_are_known_raise_no_doubt(host: Host) -> None:
    """They were told of, or are in a log."""
    accept(host.ledger, "ORD-1")
    host.send("ORD-1")
    host.tell("ORD-2", state=states.ACCEPTED)
    host.tell("ORD-3", state=states.UNKNOWN)
    host.client.flushdb()
    tally = host.rebuild(listed=["ORD-1", "ORD-3", "of-others"])
    assert dict(tally.orders) == {"ask": 1, "never_sent": 1, "park": 1}


def test_the_archive_was_told_everything_up_to_where_it_stands(host: Host) -> None:
    """A producer's clock is an hour ahead. What the archive has yet to read is not known to be told for that."""
    row = {"event_id": "e", "position": "7-0", "type": "payment.accepted", "subject": "ORD-1", "at_ms": 3_600_000}
    with host.archive.writing() as connection:
        connection.execute(insert(EVENTS), [row])
        move(connection, "archive", BEGINNING, "7000-0", 0)
    assert told_to_ms(host.archive) == 7000


@pytest.mark.parametrize("root_logged", [True, False])
def test_an_order_that_another_went_on_for_ends_with_that_one(host: Host, root_logged: bool) -> None:
    """Its bank has declined and its backup was sent, which the logs alone know; the line of the first may be gone.
    The first waits for the second, and is not found to be declined.
    """
    accept(host.ledger, "ORD-1")
    accept(host.ledger, "ORD-1-a2", root="ORD-1")
    host.client.hset(keys.order("ORD-1"), mapping={"state": "pending", "successor": "ORD-1-a2"})
    if root_logged:
        host.log.write(read(host.ledger, "ORD-1"), 1, 1000)
    host.tell("ORD-1", state=states.ACCEPTED)
    host.send("ORD-1-a2")
    host.client.flushdb()
    tally = host.rebuild()
    ledger = host.again()
    assert dict(tally.orders) == {"wait": 1, "ask": 1}
    root, successor = read(ledger, "ORD-1"), read(ledger, "ORD-1-a2")
    assert (root.state, root.successor) == (states.PENDING, "ORD-1-a2")
    assert (successor.state, successor.root) == (states.UNKNOWN, "ORD-1")


def test_an_order_of_which_only_its_successor_tells_is_there(host: Host) -> None:
    """Handed in again, the first one is answered, and not charged."""
    accept(host.ledger, "ORD-1-a2", root="ORD-1")
    host.client.hset(keys.order("ORD-1"), mapping={"state": "pending", "successor": "ORD-1-a2"})
    host.send("ORD-1-a2")
    host.client.flushdb()
    host.rebuild()
    root = read(host.again(), "ORD-1")
    assert (root.state, root.successor, root.amount.minor) == (states.PENDING, "ORD-1-a2", 1000)


def test_what_was_on_its_way_in_an_older_copy_keeps_no_sealed_backup(host: Host) -> None:
    """Since the copy was made its bank may have declined, and the backup may have been charged."""
    accept(host.ledger, "ORD-1", further="b", backup_envelope="sealed too")
    host.send("ORD-1")
    intent_at = read(host.ledger, "ORD-1").intent_at_ms
    copy = host.copied()
    remember(host.directory, Pin(host.pin.epoch, 9))
    host.restored(copy)
    host.rebuild(all_hosts=False)
    row = read(host.again(), "ORD-1")
    assert (row.state, row.lane, row.intent_at_ms) == (states.UNKNOWN, "default", intent_at)
    assert (row.further, row.fields.get("backup_envelope"), row.was_rebuilt) == ("", None, True)
