"""The numbers of the ledger, read from a real one."""

import msgspec
import pytest
import redis

from producers.contract.states import STATES
from producers.errors import LedgerUnavailable
from producers.runtime.archive_stats import ArchiveStats
from producers.runtime.ledger import calls, keys, risk_calls
from producers.runtime.ledger_stats import LedgerStats, read_ledger_stats
from producers.runtime.queue import WakeUp, in_calls, place
from tests.ledgers import MINE, accept, claim, open_ledger
from workers.resolver.journal import Journal, Stretch


def read(ledger_url: str, queue_url: str) -> LedgerStats:
    """One reading for two accounts."""
    with (
        redis.Redis.from_url(ledger_url, protocol=2) as ledger,
        redis.Redis.from_url(queue_url, protocol=2) as queue,
    ):
        return read_ledger_stats(ledger, queue, ("default", "second"))


def test_an_empty_ledger_is_all_zeros(ledger_url: str, queue_url: str) -> None:
    """Every state, queue and age is there; a mirror that never read is infinitely late."""
    stats = read(ledger_url, queue_url)
    empty = {"payments": 0, "payments.XQ": 0, "payments_batch": 0, "payments_batch.XQ": 0}
    assert (stats.orders, stats.queue_depth) == (dict.fromkeys(STATES, 0), empty)
    assert stats.queue_age_s == {"payments": 0.0, "payments_batch": 0.0}
    assert stats.oldest_age_s == dict.fromkeys(("accepted", "pending", "unknown", "parked"), 0.0)
    assert (stats.money_minor, stats.send_credits) == ({}, {"default": 0, "second": 0})
    assert stats.mirror_lag_s == {"default": float("inf"), "second": float("inf")}


def test_counts_and_money_are_those_of_the_scripts(ledger_url: str, queue_url: str) -> None:
    """Counters of states and money are read as the ledger keeps them; strange currencies make no series."""
    with redis.Redis.from_url(ledger_url) as ledger:
        counters = {
            "orders:unknown": 2,
            "orders:approved": 7,
            "money:unknown:EUR": 1050,
            "money:accepted:EUR": 5,
        }
        ledger.hset(keys.STATS, mapping={**counters, "money:unknown:XYZ": 1, "intents": 9})
    stats = read(ledger_url, queue_url)
    assert (stats.orders["unknown"], stats.orders["approved"]) == (2, 7)
    assert stats.money_minor == {("unknown", "EUR"): 1050}


def test_ages_and_lags_are_on_the_ledgers_clock(ledger_url: str, queue_url: str) -> None:
    """The oldest order and the last read's start are compared with Redis' own time."""
    with redis.Redis.from_url(ledger_url) as ledger:
        now_ms = ledger.time()[0] * 1000
        ledger.zadd(keys.listed("unknown"), {"o-1": now_ms - 90_000, "o-2": now_ms - 1_000})
        journal = Journal((Stretch(0, now_ms - 7_000),), ("p-1",), (now_ms - 9_000, now_ms - 7_000))
        ledger.hset(keys.coverage("default"), "journal", msgspec.json.encode(journal))
        ledger.set(keys.credits("default"), 60)
    stats = read(ledger_url, queue_url)
    assert 90 <= stats.oldest_age_s["unknown"] < 120
    assert stats.oldest == {"unknown": "o-1"}
    assert 7 <= stats.mirror_lag_s["default"] < 37
    assert stats.send_credits["default"] == 60


def test_an_order_that_was_given_back_is_as_old_as_it_is(ledger_url: str, queue_url: str) -> None:
    """Its age counts from its acceptance: an account that sends nothing gives its orders back every few seconds."""
    ledger = open_ledger(ledger_url)
    accept(ledger)
    ledger.read("HINCRBY", keys.order("ORD-1"), "created_at", -90_000)
    claim(ledger)
    ledger.run(calls.release("ORD-1", MINE, delay_ms=0, detail="no_credit"))
    assert 90 <= read(ledger_url, queue_url).oldest_age_s["accepted"] < 120


def test_a_reader_is_behind_by_the_first_entry_that_it_has_yet_to_read(ledger_url: str, queue_url: str) -> None:
    """By its group, or by the position that it keeps; one that has never begun is behind by nothing."""
    with redis.Redis.from_url(ledger_url) as ledger:
        now_ms = ledger.time()[0] * 1000
        for key in (keys.EVENTS, keys.AUDIT):
            ledger.xadd(key, {"of": "then"}, id=f"{now_ms - 200_000}-0")
            ledger.xadd(key, {"of": "late"}, id=f"{now_ms - 90_000}-0")
        ledger.xgroup_create(keys.AUDIT, "audit", id=f"{now_ms - 200_000}-0")
        ledger.xgroup_create(keys.EVENTS, "webhooks", id="$")
        ledger.set(risk_calls.LEARNT, f"{now_ms - 200_000}-0")
    found = read(ledger_url, queue_url).reader_lag_s
    assert (found["webhooks"], found["notifications"]) == (0, 0)
    assert 90 <= found["audit"] == found["risk"] < 120


def test_waiting_messages_and_dead_letters_are_counted(ledger_url: str, queue_url: str) -> None:
    """The queue's list and its dead letters are Dramatiq's own keys."""
    with redis.Redis.from_url(queue_url) as queue:
        queue.rpush("dramatiq:payments", "a", "b")
        queue.zadd("dramatiq:payments.XQ", {"c": 1})
        queue.rpush("dramatiq:payments_batch", "d")
    depth = {"payments": 2, "payments.XQ": 1, "payments_batch": 1, "payments_batch.XQ": 0}
    assert read(ledger_url, queue_url).queue_depth == depth


def test_the_age_of_a_queue_is_that_of_its_next_message(ledger_url: str, queue_url: str) -> None:
    """What waits longest is taken next; a message that nobody of ours wrote has no age."""
    with redis.Redis.from_url(queue_url) as queue:
        now_ms = queue.time()[0] * 1000
        calls = in_calls([WakeUp("ORD-1", now_ms - 90_000, batch=True), WakeUp("ORD-2", now_ms, batch=True)])
        for call in calls:
            place(queue, call)
        queue.rpush("dramatiq:payments", "x")
        queue.hset("dramatiq:payments.msgs", "x", "no message of ours")
    age_s = read(ledger_url, queue_url).queue_age_s
    assert 90 <= age_s["payments_batch"] < 120
    assert age_s["payments"] == 0.0


def test_no_answer_is_our_own_error() -> None:
    """A ledger that is away raises what the package raises for it."""
    with pytest.raises(LedgerUnavailable):
        read("redis://127.0.0.1:1/1", "redis://127.0.0.1:1/0")


def test_without_an_archive_all_events_are_behind(ledger_url: str, queue_url: str) -> None:
    """Nothing on the stream is no lag; and what is there has its age by Redis' own clock."""
    assert read(ledger_url, queue_url).archive == ArchiveStats(0, 0.0, 0, 0, 0, 0)
    with redis.Redis.from_url(ledger_url) as ledger:
        now_ms = ledger.time()[0] * 1000
        ledger.xadd(keys.EVENTS, {"event": "{}"}, id=f"{now_ms - 90_000}-0")
        ledger.xadd(keys.EVENTS, {"event": "{}"}, id=f"{now_ms - 1_000}-0")
    stats = read(ledger_url, queue_url).archive
    assert stats.lag_events == 2
    assert 90 <= stats.lag_s < 120


def test_the_archives_lag_is_that_of_its_group(ledger_url: str, queue_url: str) -> None:
    """What comes after where it stands, and what it left of its work."""
    with redis.Redis.from_url(ledger_url) as ledger:
        now_ms = ledger.time()[0] * 1000
        first = ledger.xadd(keys.EVENTS, {"event": "{}"}, id=f"{now_ms - 90_000}-0")
        ledger.xadd(keys.EVENTS, {"event": "{}"}, id=f"{now_ms - 1_000}-0")
        ledger.xgroup_create(keys.EVENTS, "archive", first, entries_read=1)
        ledger.hset(keys.archive("archive"), mapping={"events": 1, "rows": 3, "aside": 2, "failures": 4})
    stats = read(ledger_url, queue_url).archive
    assert (stats.lag_events, stats.events, stats.rows, stats.unread, stats.failures) == (1, 1, 3, 2, 4)
    assert 1 <= stats.lag_s < 60
