"""The public API on a real server: both faces, and what a caller is told when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from producers import (
    AsyncEnqueuer,
    Enqueuer,
    InvalidCommand,
    LedgerLockdown,
    LedgerUnavailable,
    Order,
    OrderConflict,
    OrderUnknown,
    QueueFull,
    Settings,
    WaitTimeout,
)
from producers.contract.names import QUEUES
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.vault import generate_keys
from tests import ledgers
from tests.stack import CARD

CHARGE: Mapping[str, object] = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}


def settings_for(directory: Path, queue_url: str, ledger_url: str) -> Settings:
    made = generate_keys(directory / "keys")
    return Settings.for_producer(
        {
            "REDIS_QUEUE_URL": queue_url,
            "REDIS_LEDGER_URL": ledger_url,
            "STATE_DIR": str(directory / "state"),
            "SEAL_PUBLIC_KEY_FILE": str(made.seal_public),
            "PRODUCER_KEY_FILE": str(made.producer_key),
        }
    )


@pytest.fixture
def settings(tmp_path: Path, queue_url: str, ledger_url: str) -> Settings:
    return settings_for(tmp_path, queue_url, ledger_url)


@pytest.fixture
def enqueuer(settings: Settings) -> Iterator[Enqueuer]:
    with Enqueuer(settings) as subject:
        yield subject


def test_an_accepted_order_is_on_the_ledger_and_on_the_queue(enqueuer: Enqueuer, queue_url: str) -> None:
    """One row, one wake-up call, and the state is told."""
    order = enqueuer.charge(**CHARGE)
    assert (order.state, order.amount.text, order.final) == ("accepted", "10.00", False)
    with redis.Redis.from_url(queue_url) as queue:
        assert queue.lrange("dramatiq:payments", 0, -1) == [b"ORD-1"]


async def test_a_producer_that_cannot_remember_its_ledger_says_so(settings: Settings, tmp_path: Path) -> None:
    """A full or missing disk of STATE_DIR is a ledger out of reach, by its code and with the setting's name."""
    (tmp_path / "file").touch()
    nowhere = replace(settings, state_dir=tmp_path / "file" / "state")
    with pytest.raises(LedgerUnavailable, match="STATE_DIR"):
        Enqueuer(nowhere)
    with pytest.raises(LedgerUnavailable, match="STATE_DIR"):
        await AsyncEnqueuer.open(nowhere)


def test_the_same_call_again_is_the_same_order(enqueuer: Enqueuer, queue_url: str) -> None:
    """A caller that timed out repeats itself: nothing is doubled, not even the message."""
    first = enqueuer.charge(**CHARGE)
    assert enqueuer.charge(**CHARGE) == first
    with redis.Redis.from_url(queue_url) as queue:
        assert queue.llen("dramatiq:payments") == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "10.01"}, "amount"),
        ({"country": "LV"}, "country"),
        ({"description": "other"}, "description"),
        ({"pan": "5555555555554444"}, "payment_instrument"),
        ({"holder": "Somebody Else"}, "payment_instrument"),
    ],
)
def test_other_content_is_a_conflict_that_names_the_field(
    enqueuer: Enqueuer, change: Mapping[str, object], field: str
) -> None:
    """And never shows a digit of either card."""
    enqueuer.charge(**CHARGE)
    with pytest.raises(OrderConflict) as conflict:
        enqueuer.charge(**{**CHARGE, **change})
    assert conflict.value.fields == (field,)
    assert "4111" not in str(conflict.value) and "5555" not in str(conflict.value)


def test_wrong_fields_are_told_at_once_and_store_nothing(enqueuer: Enqueuer) -> None:
    """All of them in one error, and the order does not exist."""
    with pytest.raises(InvalidCommand) as invalid:
        enqueuer.charge(**{**CHARGE, "amount": "10", "country": "USA"})
    assert [(e.field, e.code) for e in invalid.value.errors] == [
        ("amount", "amount_scale"),
        ("country", "country_unknown"),
    ]
    with pytest.raises(OrderUnknown):
        enqueuer.get("ORD-1")


@pytest.mark.parametrize("change", [("FLUSHDB",), ("SET", keys.EPOCH, "another")], ids=["flushed", "another"])
async def test_a_ledger_that_has_forgotten_calls_no_order_unknown(
    settings: Settings, enqueuer: Enqueuer, ledger_url: str, change: tuple[str, ...]
) -> None:
    """Whoever asks for an order of before hears that this is not the ledger any more, from either face."""
    async with await AsyncEnqueuer.open(settings) as other:
        with redis.Redis.from_url(ledger_url) as ledger:
            ledger.execute_command(*change)
        with pytest.raises(LedgerLockdown):
            enqueuer.get("ORD-1")
        with pytest.raises(LedgerLockdown):
            await other.get("ORD-1")


def test_an_open_order_ends_the_wait_with_its_state(enqueuer: Enqueuer) -> None:
    """Nobody works here: the wait is over when its time is."""
    enqueuer.charge(**CHARGE)
    with pytest.raises(WaitTimeout) as timeout:
        enqueuer.wait("ORD-1", timeout_s=0.05)
    assert timeout.value.state == "accepted"


def test_an_order_expires_unless_it_says_when(enqueuer: Enqueuer, ledger_url: str) -> None:
    """A day after it was accepted, by default."""
    order = enqueuer.charge(**CHARGE)
    with redis.Redis.from_url(ledger_url) as ledger:
        expires_at = int(ledger.hget("pay:order:ORD-1", "expires_at") or 0)
    assert abs(expires_at - order.created_at_ms - 86_400_000) < 60_000


def test_many_at_once_answer_in_order_and_conflicts_stop_nobody(enqueuer: Enqueuer) -> None:
    """Six hundred charges in a few round trips, one of them a conflict."""
    from producers.contract.commands import parse_charge

    enqueuer.charge(**{**CHARGE, "order_id": "ORD-300", "amount": "99.00"})
    charges = [
        parse_charge({**CHARGE, "order_id": f"ORD-{number}"}, now_ms=1_790_000_000_000, mode="test")
        for number in range(600)
    ]
    answers = list(enqueuer.charge_many(charges))
    assert [answer.order_id for answer in answers if isinstance(answer, Order | OrderConflict)] == [
        charge.order_id for charge in charges
    ]
    assert [type(answer) for answer in answers].count(OrderConflict) == 1


def test_of_one_order_id_the_first_in_a_batch_is_accepted(enqueuer: Enqueuer) -> None:
    """Orders travel over several connections and overtake each other, those of one order_id do not: the first row
    wins, and every other of it is the conflict."""
    from producers.contract.commands import parse_charge

    twice = [
        parse_charge({**CHARGE, "order_id": f"ORD-{number}", "amount": amount}, now_ms=1_790_000_000_000, mode="test")
        for amount in ("10.00", "11.00")
        for number in range(400)
    ]
    answers = list(enqueuer.charge_many(twice))
    assert [type(answer) for answer in answers] == [Order] * 400 + [OrderConflict] * 400
    assert {enqueuer.get(f"ORD-{number}").amount.text for number in range(400)} == {"10.00"}


def test_a_batch_is_placed_behind_what_somebody_waits_for(enqueuer: Enqueuer, queue_url: str) -> None:
    """On a queue of its own, until somebody asks for one of its orders alone: who does waits for it."""
    from producers.contract.commands import parse_charge

    charge = parse_charge(CHARGE, now_ms=1_790_000_000_000, mode="test")
    assert all(isinstance(answer, Order) for answer in enqueuer.charge_many([charge], batch="nightly"))
    with redis.Redis.from_url(queue_url) as queue:
        before = [queue.lrange(f"dramatiq:{name}", 0, -1) for name in QUEUES]
        enqueuer.charge(**CHARGE)
        after = [queue.lrange(f"dramatiq:{name}", 0, -1) for name in QUEUES]
    assert (before, after) == ([[], [b"ORD-1"]], [[b"ORD-1"], [b"ORD-1"]])


def test_one_connection_is_enough(settings: Settings) -> None:
    """A batch takes as many connections as it may have, be it one."""
    from producers.contract.commands import parse_charge

    charges = [
        parse_charge({**CHARGE, "order_id": f"ORD-{number}"}, now_ms=1_790_000_000_000, mode="test")
        for number in range(300)
    ]
    with Enqueuer(replace(settings, redis_connections_max=1)) as enqueuer:
        assert all(isinstance(answer, Order) for answer in enqueuer.charge_many(charges))


def test_events_from_now_on_start_with_the_next(enqueuer: Enqueuer, ledger_url: str) -> None:
    """`$` is where the stream ends when the reading begins."""
    enqueuer.charge(**CHARGE)
    ledgers.tell_at(ledger_url)
    events = enqueuer.events(idle_s=0.05)
    assert list(events) == []
    assert [event.id for _, event in enqueuer.events("0", idle_s=0.05)] == ["ORD-1:accepted"]


async def test_the_asyncio_face_does_the_same(settings: Settings, ledger_url: str) -> None:
    """Accept, repeat, read back, time out, and read events."""
    async with await AsyncEnqueuer.open(settings) as enqueuer:
        order = await enqueuer.charge(**CHARGE)
        assert await enqueuer.charge(**CHARGE) == order == await enqueuer.get("ORD-1")
        with pytest.raises(WaitTimeout):
            await enqueuer.wait("ORD-1", timeout_s=0.05)
        ledgers.tell_at(ledger_url)
        assert [event.id async for _, event in enqueuer.events("0", idle_s=0.05)] == ["ORD-1:accepted"]


def test_a_flushed_ledger_takes_nothing(settings: Settings, ledger_url: str) -> None:
    """Neither the producer that was there before, nor one that starts on the same host afterwards."""
    with Enqueuer(settings) as enqueuer:
        enqueuer.charge(**CHARGE)
        with redis.Redis.from_url(ledger_url) as ledger:
            ledger.flushdb()
        with pytest.raises(LedgerLockdown):
            enqueuer.charge(**CHARGE)
    with pytest.raises(LedgerLockdown):
        Enqueuer(settings)


def test_a_queue_that_is_away_does_not_undo_an_accept(tmp_path: Path, ledger_url: str) -> None:
    """The sweeper will place the wake-up call; the caller is told the truth, which is `accepted`."""
    with Enqueuer(settings_for(tmp_path, "redis://127.0.0.1:1/0", ledger_url)) as enqueuer:
        assert enqueuer.charge(**CHARGE).state == "accepted"


def test_a_full_redis_says_so_and_stores_nothing(tmp_path: Path) -> None:
    """The accept is refused whole: `queue_full`."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        settings = settings_for(tmp_path, server.url(0), server.url(1))
        with redis.Redis.from_url(server.url(1)) as client, Enqueuer(settings) as enqueuer:
            client.config_set("maxmemory", "1mb")
            with pytest.raises(QueueFull):
                enqueuer.charge(**CHARGE)
            client.config_set("maxmemory", "0")
            with pytest.raises(OrderUnknown):
                enqueuer.get("ORD-1")
