"""A ledger that is rebuilt: what is written into it, who may use it meanwhile, and who takes it afterwards."""

from __future__ import annotations

import pytest

from producers.contract import states
from producers.contract.names import QUEUES
from producers.errors import LedgerLockdown
from producers.runtime.ledger import calls, keys, tombstones
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.epoch import Pin, pin_ledger, remember, remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.operation_calls import ACCOUNT, QUEUE, Said, say, words_from
from producers.runtime.ledger.recovery_calls import restore
from producers.runtime.ledger.results import Exists
from tests.integration.recovery.hosts import Host, Killed
from tests.ledgers import accept, event_ids, read, sending
from workers.recovery.decide import OVERTAKEN


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
    record = read(host.again(), "ORD-1")
    assert (record.state, record.logs_missing) == (states.PARKED, True)
    assert record.last_left_ms == record.number("since") > record.intent_at_ms


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


def test_its_queues_are_paused_until_an_operator_resumes_them(host: Host) -> None:
    """The order is in the copy; since it was made somebody has paused its account, and nobody knows that any more."""
    accept(host.ledger, "ORD-1")
    copy = host.copied()
    host.ledger.run(say(f"{ACCOUNT}default", Said(1, "ona")))
    remember(host.directory, Pin(host.pin.epoch, 1))
    host.restored(copy)
    host.rebuild()
    flat = host.again().read("HGETALL", keys.OPERATIONS)
    assert words_from(flat, ACCOUNT) == {}
    assert {queue: word.by for queue, word in words_from(flat, QUEUE).items()} == dict.fromkeys(QUEUES, "recover")


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
    answer = host.again().run(calls.accept("ORD-1", {"amount_minor": "1000"}, grace_ms=0))
    assert isinstance(answer, Exists)
    assert (answer.record.state, answer.record.was_rebuilt) == (states.UNKNOWN, True)


def _state(ledger: SyncLedger, order_id: str) -> str:
    (record,) = tombstones.found([order_id], ledger.read_many(tombstones.questions([order_id])))
    return record.state if record else ""
