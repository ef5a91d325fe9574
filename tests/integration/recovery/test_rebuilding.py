"""A ledger that is rebuilt: what is written into it, who may use it meanwhile, and who takes it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import insert

from producers.contract import states
from producers.errors import LedgerLockdown
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import BEGINNING, move
from producers.runtime.ledger import calls, keys, tombstones
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.epoch import Pin, pin_ledger, remember, remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.recovery_calls import restore
from producers.runtime.ledger.results import Exists
from tests.archives import archive_settings, upgraded
from tests.ledgers import accept, claim, event_ids, give_credits, intend, read, sending
from workers.events.archive.tables import EVENTS, ORDER_ATTEMPTS, ORDERS
from workers.payments.intent_log import FOLDER, IntentLog
from workers.recovery.decide import OVERTAKEN
from workers.recovery.diagnosis import diagnose
from workers.recovery.rebuilding import Rebuilding, Tally
from workers.recovery.sent import SentBook
from workers.recovery.sources import told_to_ms

WINDOW_MS = 45_000


class Host:
    """A host that has worked with a ledger: what it remembers, its log of intents, and the archive."""

    def __init__(self, directory: Path, ledger_url: str, archive: Archive) -> None:
        self.directory = directory
        self.archive = archive
        self.client = redis.Redis.from_url(ledger_url, protocol=2)
        self.pin = pin_ledger(self.client, directory)
        self.ledger = SyncLedger(self.client, self.pin.epoch)
        self.log = IntentLog(directory, "w1", room_bytes=10**7, failed=lambda _: None)

    def send(self, order_id: str) -> None:
        """Promise it, as a worker does: the log has it."""
        claim(self.ledger, order_id=order_id)
        give_credits(self.ledger)
        granted = intend(self.ledger, order_id=order_id)
        self.log.write(read(self.ledger, order_id), granted.sequence, granted.intent_at_ms)

    def tell(self, *order_ids: str, state: str, **fields: object) -> None:
        """The archive was told so of them."""
        rows = [
            {
                "order_id": order_id,
                "kind": "charge",
                "account": "default",
                "producer": "shop",
                "amount_minor": 1000,
                "currency": "EUR",
                "state": state,
                "held": False,
                "accepted_at_ms": 1,
                "changed_at_ms": 1,
                **fields,
            }
            for order_id in order_ids
        ]
        attempts = [
            {"attempt_ref": order_id, "order_id": order_id, "account": "default", "state": state, "changed_at_ms": 1}
            for order_id in order_ids
        ]
        with self.archive.writing() as connection:
            connection.execute(insert(ORDERS), rows)
            connection.execute(insert(ORDER_ATTEMPTS), attempts)

    def copied(self) -> dict[Any, Any]:
        """The whole ledger as it is now."""
        return {key: self.client.dump(key) for key in self.client.keys("*")}

    def restored(self, copy: dict[Any, Any]) -> None:
        """A backup is played back."""
        self.client.flushdb()
        for key, value in copy.items():
            self.client.restore(key, 0, value)

    def rebuild(self, *, all_hosts: bool = True, stop_after: int | None = None, listed: Collection[str] = ()) -> Tally:
        """As the command does; `stop_after` so many orders it is killed. `listed` are on the second account's list."""
        memory = remembered(self.directory)
        assert memory is not None
        ledger = SyncLedger(self.client, "")
        diagnosis = diagnose(ledger, memory)
        ledger.epoch = diagnosis.epoch
        with SentBook([self.directory / FOLDER]) as sent:
            rebuilding = Rebuilding(ledger, self.archive, sent, diagnosis, window_ms=WINDOW_MS, all_hosts=all_hosts)
            rebuilding.hear(dict.fromkeys(listed, "second"))
            rebuilding.begin(memory)
            tally = rebuilding.restore(lambda count: _stop(stop_after, count))
            rebuilding.end(memory)
        return tally

    def again(self) -> SyncLedger:
        """The ledger as a process of this host takes it when it starts."""
        return SyncLedger(self.client, pin_ledger(self.client, self.directory).epoch)


class Killed(Exception):
    """The rebuilding ends here."""


def _stop(after: int | None, count: int) -> None:
    if after is not None and count >= after:
        raise Killed


@pytest.fixture
def host(tmp_path: Path, ledger_url: str, archive_url: str) -> Iterator[Host]:
    with upgraded(archive_settings(tmp_path, archive_url)) as archive:
        host = Host(tmp_path, ledger_url, archive)
        yield host
        host.log.close()
        host.client.close()


def test_after_a_flush_each_order_is_what_is_left_of_it(host: Host) -> None:
    """An end stays one, what was sent is unknown under its account and intent, and what was never sent says so."""
    for order_id in ("ORD-1", "ORD-2", "ORD-3", "ORD-4"):
        accept(host.ledger, order_id)
    host.tell("ORD-1", state=states.APPROVED, payment_id="pay-1")
    host.tell("ORD-2", state=states.ACCEPTED)
    host.tell("ORD-3", state=states.ACCEPTED)
    host.send("ORD-2")
    host.send("ORD-4")
    intent_at = read(host.ledger, "ORD-2").intent_at_ms
    host.client.flushdb()
    tally = host.rebuild()
    ledger = host.again()
    assert dict(tally.orders) == {"end": 1, "ask": 2, "never_sent": 1}
    assert _state(ledger, "ORD-1") == states.APPROVED
    second = read(ledger, "ORD-2")
    assert (second.state, second.lane, second.intent_at_ms) == (states.UNKNOWN, "default", intent_at)
    assert (read(ledger, "ORD-3").state, read(ledger, "ORD-3").text("reason")) == ("not_charged", "ledger_lost")
    assert read(ledger, "ORD-4").state == states.UNKNOWN
    assert sorted(event_ids(ledger)) == ["ORD-2:unknown", "ORD-3:not_charged", "ORD-4:unknown"]


def test_without_all_logs_what_was_accepted_is_parked(host: Host) -> None:
    """Another host may have sent it: nobody but a human says that it was not."""
    host.tell("ORD-1", state=states.ACCEPTED)
    host.client.flushdb()
    host.rebuild(all_hosts=False)
    assert read(host.again(), "ORD-1").state == states.PARKED


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


def test_a_call_whose_answer_was_lost_writes_nothing_twice(host: Host) -> None:
    """It is repeated as any call is: the order is told of and counted once."""
    fields: dict[str, Argument] = {
        "token": "t" * 32,
        "ref": "ORD-1",
        "amount_minor": 1000,
        "currency": "EUR",
        "account": "default",
    }
    call = restore(
        "ORD-1", states.UNKNOWN, fields, overtakes=OVERTAKEN, event_id="ORD-1:unknown", event=b"{}", detail="lost"
    )
    assert [host.ledger.run(call) for _ in range(2)] == ["restored", "again"]
    assert event_ids(host.ledger) == ["ORD-1:unknown"]
    assert (host.client.hget(keys.STATS, "orders:unknown"), len(read(host.ledger).history)) == (b"1", 1)


def test_an_older_copy_is_brought_up_to_date(host: Host) -> None:
    """The copy has both orders unsent; one was sent since, and the card of the other is still there to be charged."""
    accept(host.ledger, "ORD-1")
    accept(host.ledger, "ORD-2")
    copy = host.copied()
    host.send("ORD-1")
    remember(host.directory, Pin(host.pin.epoch, 1))
    host.restored(copy)
    tally = host.rebuild()
    ledger = host.again()
    assert dict(tally.orders) == {"ask": 1, "keep": 1}
    assert (read(ledger, "ORD-1").state, read(ledger, "ORD-1").envelope) == (states.UNKNOWN, b"")
    assert (read(ledger, "ORD-2").state, read(ledger, "ORD-2").envelope) == (states.ACCEPTED, b"sealed")
    counts = host.client.hgetall(keys.STATS)
    assert (counts[b"orders:accepted"], counts[b"orders:unknown"]) == (b"1", b"1")


def test_nobody_uses_it_meanwhile(host: Host) -> None:
    """While it is rebuilt no process is pinned to it, neither one that ran before nor one that starts."""
    host.tell(*(f"ORD-{number}" for number in range(600)), state=states.APPROVED)
    host.client.flushdb()
    with pytest.raises(Killed):
        host.rebuild(stop_after=500)
    with pytest.raises(LedgerLockdown):
        host.ledger.run(calls.present("w1"))
    with pytest.raises(LedgerLockdown):
        host.again()
    with pytest.raises(LedgerLockdown):
        pin_ledger(host.client, host.directory / "fresh")


def test_one_that_was_killed_goes_on(host: Host) -> None:
    """Begun again it takes up every order that is left, and ends as one that was never interrupted."""
    host.tell(*(f"ORD-{number:04}" for number in range(1, 600, 2)), state=states.APPROVED)
    host.tell(*(f"ORD-{number:04}" for number in range(0, 600, 2)), state=states.ACCEPTED)
    host.client.flushdb()
    with pytest.raises(Killed):
        host.rebuild(stop_after=500)
    host.rebuild()
    ledger = host.again()
    assert {_state(ledger, f"ORD-{number:04}") for number in range(1, 600, 2)} == {states.APPROVED}
    assert {_state(ledger, f"ORD-{number:04}") for number in range(0, 600, 2)} == {states.NOT_CHARGED}
    assert host.client.hget(keys.STATS, "orders:not_charged") == b"300"


def test_a_host_takes_the_heir_and_no_copy_of_the_lost_one(host: Host) -> None:
    """It remembers the heir from then on; when the old ledger comes back, it is another one."""
    host.client.flushdb()
    host.rebuild()
    heir = host.again().epoch
    assert heir != host.pin.epoch
    memory = remembered(host.directory)
    assert memory is not None and memory.epoch == heir
    host.client.flushdb()
    host.client.set(keys.EPOCH, host.pin.epoch)
    with pytest.raises(LedgerLockdown):
        host.again()


def test_a_repeated_order_is_answered(host: Host) -> None:
    """Who hands the order in again hears how it stands; what nobody knows any more of its content is not compared."""
    sending(host.ledger)
    host.log.write(read(host.ledger), 1, 1000)
    host.client.flushdb()
    host.rebuild()
    answer = host.again().run(
        calls.accept("ORD-1", {"amount_minor": "1000"}, grace_ms=0, event_id="ORD-1:accepted", event=b"{}")
    )
    assert isinstance(answer, Exists)
    assert (answer.record.state, answer.record.was_rebuilt) == (states.UNKNOWN, True)


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


def _state(ledger: SyncLedger, order_id: str) -> str:
    (record,) = tombstones.found([order_id], ledger.read_many(tombstones.questions([order_id])))
    return record.state if record else ""
