"""Handing on what a bank answered, on a real server: what is kept, what is refused, and who is woken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from producers import AsyncEnqueuer, Enqueuer, NotFinalizable, OrderUnknown, Settings
from producers.contract.continuation import ContinuationV1, ContinuationV2, mark_of, written
from producers.finalizing import ANSWERS_MAX
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Moved, NotYours, Trying
from tests.integration.enqueuer.test_enqueuer import settings_for
from tests.ledgers import MINE, open_ledger, read, sending, settle

V2 = ContinuationV2("https://acs.example/2", "c")
V1 = ContinuationV1("https://acs.example/1", "d")
QUEUE = "dramatiq:payments"


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """With one order whose customer is asked by version 2."""
    made = open_ledger(ledger_url)
    sending(made)
    settle(made, "pending", continuation=written(V2).decode(), payment_id="p")
    return made


@pytest.fixture
def settings(tmp_path: Path, queue_url: str, ledger_url: str, ledger: SyncLedger) -> Settings:
    return settings_for(tmp_path, queue_url, ledger_url)


@pytest.fixture
def enqueuer(settings: Settings) -> Iterator[Enqueuer]:
    with Enqueuer(settings) as subject:
        yield subject


def due_ms(ledger: SyncLedger) -> int:
    """When the order is looked at next."""
    return int(float(ledger.read("ZSCORE", "pay:due", "ORD-1") or 0))


def now_ms(ledger: SyncLedger) -> int:
    seconds, micros = ledger.read("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


def given(ledger: SyncLedger) -> list[bytes]:
    return sorted(ledger.read("HGETALL", keys.answers("ORD-1")).values())


def test_an_answer_is_kept_due_and_wakes_somebody(enqueuer: Enqueuer, ledger: SyncLedger, queue_url: str) -> None:
    """It is in the ledger, its order is due now, and one message says so."""
    order = enqueuer.finalize("ORD-1", cres="eyJ9")
    assert (order.state, order.continuation) == ("pending", V2)
    assert (given(ledger), due_ms(ledger) <= now_ms(ledger)) == ([b"1 cres eyJ9"], True)
    with redis.Redis.from_url(queue_url) as queue:
        assert queue.hkeys(f"{QUEUE}.msgs") == [b"ORD-1~1000001"]


def test_the_same_answer_is_one(enqueuer: Enqueuer, ledger: SyncLedger, queue_url: str) -> None:
    """Posted twice, it is kept once and wakes nobody twice."""
    for _ in range(3):
        enqueuer.finalize("ORD-1", cres="eyJ9")
    with redis.Redis.from_url(queue_url) as queue:
        assert (given(ledger), queue.hlen(f"{QUEUE}.msgs")) == ([b"1 cres eyJ9"], 1)


async def test_the_asyncio_face_is_the_same(settings: Settings, ledger: SyncLedger) -> None:
    """Kept and told in the same way."""
    async with await AsyncEnqueuer.open(settings) as enqueuer:
        order = await enqueuer.finalize("ORD-1", cres="eyJ9")
    assert (order.state, given(ledger)) == ("pending", [b"1 cres eyJ9"])


def test_other_answers_wait_behind_it_and_are_bounded(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """A forged one does not keep the true one out, and a flood of them does not fill the ledger."""
    for number in range(ANSWERS_MAX):
        enqueuer.finalize("ORD-1", cres=f"answer{number}")
    with pytest.raises(NotFinalizable) as refusal:
        enqueuer.finalize("ORD-1", cres="one-more")
    assert (refusal.value.code, len(given(ledger))) == ("finalize_too_many", ANSWERS_MAX)
    assert enqueuer.finalize("ORD-1", cres="answer0").state == "pending"


def test_an_answer_to_the_other_version_is_refused(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """Nothing of it is kept."""
    with pytest.raises(NotFinalizable) as refusal:
        enqueuer.finalize("ORD-1", pares="eJx")
    assert (refusal.value.code, given(ledger)) == ("finalize_other_version", [])


def test_an_order_that_another_goes_on_for_names_it(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """It is that one's customer who is asked, if anybody is."""
    ledger.read("HDEL", keys.order("ORD-1"), "continuation")
    ledger.read("HSET", keys.order("ORD-1"), "successor", "ORD-1-a2")
    with pytest.raises(NotFinalizable, match="goes on as ORD-1-a2") as caught:
        enqueuer.finalize("ORD-1", cres="eyJ9")
    assert (caught.value.code, given(ledger)) == ("finalize_goes_on", [])


def test_an_order_that_has_ended_takes_no_answer_and_is_told(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """What was kept for it is gone, and a page that is posted late learns the outcome."""
    enqueuer.finalize("ORD-1", cres="eyJ9")
    settle(ledger, "approved", allowed=("pending",), payment_id="p")
    assert enqueuer.finalize("ORD-1", cres="eyJ9").state == "approved"
    assert (given(ledger), ledger.read("EXISTS", keys.answers("ORD-1"))) == ([], 0)


@pytest.mark.parametrize("order_id", ["ORD-2", "a b", "", "x" * 1000])
def test_nobody_answers_for_an_order_that_is_not_there(enqueuer: Enqueuer, order_id: str) -> None:
    """It is unknown, whatever it looks like."""
    with pytest.raises(OrderUnknown):
        enqueuer.finalize(order_id, cres="eyJ9")


def test_one_worker_at_a_time_tells_it(ledger: SyncLedger, enqueuer: Enqueuer) -> None:
    """The second is told that it is another's turn while that one lives, and takes over when it is gone."""
    enqueuer.finalize("ORD-1", cres="eyJ9")
    (name,) = (name.decode() for name in ledger.read("HGETALL", keys.answers("ORD-1")))

    def turn(worker: str, drawn: str, presence_ms: int = 60_000) -> Trying | NotYours:
        return ledger.run(
            calls.try_answer(
                "ORD-1",
                MINE,
                name,
                drawn,
                worker,
                window_ms=60_000,
                presence_ms=presence_ms,
                retry_ms=1000,
                tries_max=2,
            )
        )

    ledger.run(calls.present("w1"))
    assert turn("w1", "t1") == turn("w1", "t1") == Trying(0)
    assert turn("w2", "t2") == NotYours("busy", "pending")
    assert turn("w2", "t2", presence_ms=0) == Trying(1)
    assert turn("w3", "t3", presence_ms=0) == NotYours("exhausted", "pending")


def test_a_step_that_nobody_saw_any_more_is_not_written_over(ledger: SyncLedger, enqueuer: Enqueuer) -> None:
    """A worker that was slow to look records no step in place of a later one."""

    def step(seen: ContinuationV2 | ContinuationV1, now: ContinuationV2 | ContinuationV1) -> Moved | NotYours:
        return ledger.run(
            calls.step(
                "ORD-1",
                MINE,
                seen=mark_of(written(seen)),
                due_ms=1000,
                continuation=written(now),
                event_id=f"ORD-1:pending:{mark_of(written(now))}",
                event=b"{}",
            )
        )

    assert isinstance(step(V2, V1), Moved)
    assert step(V2, ContinuationV2("https://acs.example/3", "e")) == NotYours("stale", "pending")
    assert isinstance(step(V2, V1), Moved)  # the same again, its reply was lost
    assert enqueuer.get("ORD-1").continuation == V1
    told = [fields[b"id"].decode() for _, fields in ledger.read("XRANGE", keys.EVENTS, "-", "+")]
    assert told.count(f"ORD-1:pending:{mark_of(written(V1))}") == 1
    assert read(ledger).text("continuation") == written(V1).decode()
