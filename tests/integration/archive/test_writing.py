"""The event stream in tables, on both databases: whatever comes, in whatever order, however often, cut anywhere."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
import redis
from sqlalchemy import Connection, select, text, update

from cardinity_client.money import Money
from producers.contract.events import Event, encode, payment_event
from producers.errors import ArchiveUnavailable, LedgerLockdown
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import READERS, position_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archiving import rows, tell, wrong
from tests.integration.archive.office import an_archiver, drawn
from tests.ledgers import EPOCH
from workers.events.archive.archiver import Archiver, Pace
from workers.events.archive.book import EventBook, Written
from workers.events.archive.entries import Entry
from workers.events.archive.stream import LedgerStream
from workers.events.archive.tables import ORDERS, UNREAD_EVENTS


def approved(order_id: str) -> Event:
    return payment_event(
        state="approved", order_id=order_id, attempt_ref=order_id, account="main", producer="shop",
        amount=Money(100, "EUR"), time_ms=1_768_471_200_000, payment_id="3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
    )  # fmt: skip


def put(client: redis.Redis, fields: dict[Any, Any]) -> None:
    client.xadd(keys.EVENTS, fields)


def position(archive: Archive) -> str:
    with archive.reading() as connection:
        return position_of(connection, "archive")


def group(client: redis.Redis) -> dict[str, object]:
    (found,) = client.xinfo_groups(keys.EVENTS)
    return dict(found)


def test_tables_say_what_the_events_say(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """Every row as a straightforward count has it, and the position behind the last event."""
    events = drawn(1)
    positions = tell(client, events)
    written = an_archiver(ledger, archive).catch_up()
    assert wrong(archive, events) == []
    assert (written.events, written.aside, position(archive)) == (len(events), 0, positions[-1])


@pytest.mark.parametrize("seed", range(4))
def test_any_order_any_repetition_cut_anywhere(
    seed: int, ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """Events mixed up and doubled, read in chunks of any size, in parts, and the position lost in between."""
    chance = random.Random(seed)
    events = drawn(seed, 120)
    mixed = [*events, *chance.choices(events, k=100)]
    chance.shuffle(mixed)
    pace = Pace(chunk=chance.randrange(1, 60))
    cut = chance.randrange(1, len(mixed))
    tell(client, mixed[:cut])
    an_archiver(ledger, archive, pace=pace).catch_up()
    with archive.writing() as connection:
        connection.execute(update(READERS).values(position="0"))
    tell(client, mixed[cut:])
    an_archiver(ledger, archive, pace=pace).catch_up()
    assert wrong(archive, events) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"event": b"\xff{"}, "not an event of ours"),
        ({"event": b"[" * 5000}, "not an event of ours"),
        ({"other": b"\x00x"}, "holds no event"),
        ({"event": b'{"type":"payment.invented","id":"a"}'}, "not an event of ours"),
        ({"event": encode(approved("ORD-1")).replace(b'"main"', json.dumps("m" * 65).encode())}, "account is longer"),
        ({"event": encode(approved("ORD-1")).replace(b'"main"', b'"ma\\u0000in"')}, "account is longer"),
        ({"event": encode(approved("ORD-1")).replace(b'"1.00"', b'"1,00"')}, "no amount of money"),
    ],
)
def test_what_cannot_be_read_is_put_aside(
    fields: dict[str, bytes], reason: str, ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """It stops nobody, is kept with its place, and is counted."""
    put(client, fields)
    events = drawn(2, 20)
    tell(client, events)
    written = an_archiver(ledger, archive).catch_up()
    (kept,) = rows_of_unread(archive)
    assert (written.aside, wrong(archive, events)) == (1, [])
    assert reason in kept["reason"]
    assert client.hget(keys.archive("archive"), "aside") == b"1"


def test_an_entry_that_the_database_refuses_is_put_aside(
    ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """Whatever nobody has thought of: its neighbours are written all the same."""
    events = drawn(3, 20)
    tell(client, events[:5])
    put(client, {"event": encode(approved("ORD-x")).replace(b'"amount":"1.00"', b'"amount":"90000.00"')})
    tell(client, events[5:])
    with archive.writing() as connection:
        refuse_amounts_over(connection, 2_000_000)
    an_archiver(ledger, archive).catch_up()
    (kept,) = rows_of_unread(archive)
    assert "the database refuses it" in kept["reason"]
    assert "ORD-x" not in rows(archive, ORDERS)


def test_redis_is_told_how_far_the_archive_is_behind(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """The lag of the group is what is not written yet, also for one that begins where another was killed."""
    tell(client, drawn(4, 50))
    an_archiver(ledger, archive).catch_up()
    assert (group(client)["lag"], group(client)["pending"]) == (0, 0)
    *_, last = tell(client, [approved("ORD-x"), approved("ORD-y")])
    assert group(client)["lag"] == 2
    # Another was killed between its commit and its word to Redis.
    with archive.writing() as connection:
        connection.execute(update(READERS).values(position=last))
    an_archiver(ledger, archive).catch_up()
    assert group(client)["lag"] == 0
    tell(client, [approved("ORD-z")])
    assert group(client)["lag"] == 1


def test_the_stream_is_trimmed_behind_the_archive_only(
    ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """What is old goes once it is written, and not a moment earlier; the entry that it stands at stays."""
    tell(client, drawn(5, 400))
    length = client.xlen(keys.EVENTS)
    stood = an_archiver(ledger, archive, kept_s=0)
    client.xtrim(keys.EVENTS, maxlen=length)  # nobody archives: nothing goes
    assert client.xlen(keys.EVENTS) == length
    stood.catch_up()
    assert 0 < client.xlen(keys.EVENTS) < length
    assert client.xrange(keys.EVENTS, position(archive), position(archive))
    tell(client, drawn(6, 10))
    lag = group(client)["lag"]
    an_archiver(ledger, archive, kept_s=0).catch_up()
    assert (lag, group(client)["lag"]) == (len(drawn(6, 10)), 0)


@pytest.mark.parametrize("other", ["a reader of the archive", "a group", "a group that owes"])
def test_nobody_loses_what_he_has_not_read(
    other: str, ledger: SyncLedger, client: redis.Redis, archive: Archive
) -> None:
    """Renewals that stand further back, and consumer groups of others, keep their entries on the stream."""
    first, *_ = tell(client, drawn(7, 400))
    length = client.xlen(keys.EVENTS)
    if other == "a reader of the archive":
        with archive.writing() as connection:
            connection.execute(READERS.insert().values(name="renewals", position=first, changed_at_ms=0))
    else:
        client.xgroup_create(keys.EVENTS, "billing", first)
        if other == "a group that owes":
            client.xreadgroup("billing", "one", {keys.EVENTS: ">"}, count=10_000)
    an_archiver(ledger, archive, kept_s=0, readers="renewals").catch_up()
    assert client.xlen(keys.EVENTS) == length


def test_young_events_stay(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """For those who keep their own position, for as long as the setting says."""
    tell(client, drawn(8, 400))
    length = client.xlen(keys.EVENTS)
    an_archiver(ledger, archive, kept_s=3600).catch_up()
    assert client.xlen(keys.EVENTS) == length


def test_another_stream_is_read_from_its_beginning(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """A failover or a restored copy has events of before at other places: none is missed, none counted twice."""
    events = drawn(9, 60)
    tell(client, events[:100])
    an_archiver(ledger, archive).catch_up()
    client.delete(keys.EVENTS)
    tell(client, events[50:])
    an_archiver(ledger, archive, kept_s=0).catch_up()
    assert wrong(archive, events) == []


def test_another_ledger_is_not_archived(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """After a FLUSHALL, or with a wrong URL, nothing of it is written."""
    archiving = an_archiver(ledger, archive)
    tell(client, drawn(10, 5))
    archiving.catch_up()
    client.flushdb()
    client.set(keys.EPOCH, "f" * len(EPOCH))
    tell(client, [approved("ORD-foreign")])
    with pytest.raises(LedgerLockdown):
        archiving.catch_up()
    assert "ORD-foreign" not in rows(archive, ORDERS)


def test_one_archives_at_a_time(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """While one has the lease, another waits; what it had read before is dropped as a whole."""
    first, second = an_archiver(ledger, archive), an_archiver(ledger, archive)
    tell(client, [approved("ORD-1")])
    assert first.step(wait_ms=1) is not None
    assert second.step(wait_ms=1) is None


def test_a_database_that_is_away_is_said_once(
    ledger: SyncLedger, client: redis.Redis, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """One alarm for an outage, rests that grow, and everything is there when it is back."""
    events = drawn(11, 20)
    tell(client, events)
    rests: list[float] = []

    class Away(EventBook):
        def write(self, connection: Connection, entries: Sequence[Entry], now_ms: int) -> Written:
            if len(rests) < 4:
                raise ArchiveUnavailable("the archive database does not do its work: gone")
            return super().write(connection, entries, now_ms)

    class Done(Exception):
        pass

    def pause(for_s: float) -> None:
        rests.append(for_s)
        if len(rests) > 4:
            raise Done

    with pytest.raises(Done):
        Archiver("archive", ledger, archive, LedgerStream(ledger), Away("archive"), pause=pause).run()
    said = capsys.readouterr().out
    assert (said.count("archive_interrupted"), said.count("archive_resumed")) == (1, 1)
    assert wrong(archive, events) == []
    assert client.hget(keys.archive("archive"), "failures") == b"4"
    assert rests[0] < 0.2 < rests[3]


def rows_of_unread(archive: Archive) -> list[dict[str, str]]:
    with archive.reading() as connection:
        return [dict(row) for row in connection.execute(select(UNREAD_EVENTS)).mappings()]


def refuse_amounts_over(connection: Connection, minor: int) -> None:
    """A rule of the database that no event of ours knows of."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE orders ADD CONSTRAINT small CHECK (amount_minor < {minor})"))
        return
    condition = f"WHEN new.amount_minor >= {minor} BEGIN SELECT RAISE(ABORT, 'too much'); END"
    connection.execute(text(f"CREATE TRIGGER small BEFORE INSERT ON orders {condition}"))
