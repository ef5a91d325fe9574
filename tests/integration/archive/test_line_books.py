"""The audit trail and the notifications in the archive, on both databases."""

from __future__ import annotations

from pathlib import Path

import redis
from sqlalchemy import select

from producers.contract.audit import read_line
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import READERS
from producers.runtime.audit.trail import record
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archiving import rows
from tests.eventually import eventually
from workers.events.archive.service import FURTHER, further_archiver, further_archiving
from workers.events.archive.tables import NOTIFICATIONS, OPERATOR_ACTIONS, UNREAD_EVENTS

PAYMENT = "90095d64-7a90-4c6c-8f2b-8e1b0a4a1a2b"


def act(ledger: SyncLedger, directory: Path, *subjects: str) -> None:
    for subject in subjects:
        record(ledger, directory, "batch.pause", subject, {"reason": "night"})


def notify(client: redis.Redis, name: str, **more: str) -> None:
    """As the door leaves it."""
    told = {"id": name, "door": "json", "type": "payment.approved", "payment_id": PAYMENT, "result": "hinted", **more}
    client.xadd(keys.NOTIFICATIONS, told)  # type: ignore[arg-type]


def test_every_line_is_kept_as_it_was_written(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """With its own hash, so that the chain can be checked here too."""
    act(ledger, tmp_path, "a", "b")
    assert further_archiver("audit", ledger, archive).catch_up() == (2, 0, 2)
    kept = rows(archive, OPERATOR_ACTIONS)
    found = {digest: read_line(row["line"].encode()) for digest, row in kept.items()}
    assert [row["subject"] for row in sorted(kept.values(), key=lambda row: row["seq"])] == ["a", "b"]
    assert all(read is not None and read[0].head.hash == digest for digest, read in found.items())


def test_a_line_that_was_changed_is_put_aside(
    ledger: SyncLedger, client: redis.Redis, archive: Archive, tmp_path: Path
) -> None:
    """It is no operator's action; whoever looks finds it beside."""
    act(ledger, tmp_path, "a")
    (entry,) = ledger.read("XRANGE", keys.AUDIT, "-", "+")
    client.xadd(keys.AUDIT, {"line": entry[1][b"line"].replace(b'"a"', b'"z"')})
    client.xadd(keys.AUDIT, {"other": "x"})
    assert further_archiver("audit", ledger, archive).catch_up() == (1, 2, 3)
    with archive.reading() as connection:
        assert list(connection.scalars(select(UNREAD_EVENTS.c.reader))) == ["audit", "audit"]


def test_a_trail_that_is_read_again_is_written_once(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """As after a failover, or where the position was lost."""
    act(ledger, tmp_path, "a", "b", "c")
    further_archiver("audit", ledger, archive).catch_up()
    before = rows(archive, OPERATOR_ACTIONS)
    with archive.writing() as connection:
        connection.execute(READERS.delete())
    further_archiver("audit", ledger, archive).catch_up()
    assert rows(archive, OPERATOR_ACTIONS) == before


def test_a_trail_after_a_lost_ledger_is_kept_beside_the_lost_one(
    ledger: SyncLedger, client: redis.Redis, archive: Archive, tmp_path: Path
) -> None:
    """Both begin with number 1."""
    act(ledger, tmp_path, "a", "b")
    further_archiver("audit", ledger, archive).catch_up()
    client.delete(keys.AUDIT, keys.AUDIT_HEAD)
    act(ledger, tmp_path, "c")
    further_archiver("audit", ledger, archive).catch_up()
    assert sorted((row["seq"], row["subject"]) for row in rows(archive, OPERATOR_ACTIONS).values()) == [
        (1, "a"), (1, "c"), (2, "b"),
    ]  # fmt: skip


def test_a_notification_is_kept_by_its_kind_payment_and_result(
    ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """When it came is the ledger's time; what is none is put aside."""
    notify(client, "n1")
    notify(client, "n2", payment_id="", result="unknown_type", type="payment.dreamt")
    client.xadd(keys.NOTIFICATIONS, {"id": "n3"})
    assert further_archiver("notifications", ledger, archive).catch_up() == (2, 1, 3)
    kept = rows(archive, NOTIFICATIONS)
    assert [(kept[name]["type"], kept[name]["payment_id"], kept[name]["result"]) for name in ("n1", "n2")] == [
        ("payment.approved", PAYMENT, "hinted"), ("payment.dreamt", None, "unknown_type"),
    ]  # fmt: skip
    assert kept["n1"]["at_ms"] > 1_700_000_000_000


def test_both_are_archived_beside_the_events(
    ledger: SyncLedger, client: redis.Redis, archive: Archive, tmp_path: Path
) -> None:
    """In threads, until the block ends."""
    with further_archiving(ledger, archive):
        act(ledger, tmp_path, "a")
        notify(client, "n1")
        eventually(lambda: len(rows(archive, OPERATOR_ACTIONS)) == 1, "the line is there")
        eventually(lambda: len(rows(archive, NOTIFICATIONS)) == 1, "the notification is there")
    assert set(FURTHER) == {"audit", "notifications"}
