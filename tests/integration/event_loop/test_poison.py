"""Messages nobody of ours wrote are never run, never in the way, and never lost sight of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dramatiq import Message

from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from tests.eventually import eventually_async
from tests.loops import LIST, MESSAGES, Handling, OpenHandling, Shelf, connect_blocking, consuming, wake
from workers.event_loop import LoopSettings


def _message(**changed: Any) -> bytes:
    fields = {
        "queue_name": QUEUE_PAYMENTS,
        "actor_name": ACTOR_CHARGE,
        "args": ("ORD-EVIL", 1),
        "kwargs": {},
        "options": {"redis_message_id": "poison"},
        "message_id": "poison",
    }
    return Message(**{**fields, **changed}).encode()


def _push(url: str, raw: bytes, redis_id: str = "poison") -> None:
    with connect_blocking(url) as client:
        client.hset(MESSAGES, redis_id, raw)
        client.rpush(LIST, redis_id)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"\x80\x04\x95", "message_format", id="pickle"),
        pytest.param(b"", "message_format", id="empty"),
        pytest.param(b"[" * 100_000, "message_format", id="deep"),
        pytest.param(b"x" * 10_000_000, "message_format", id="10 MB"),
        pytest.param(json.dumps({"hello": "world"}).encode(), "message_format", id="other schema"),
        pytest.param(_message(args=("ORD-EVIL", 1, "more")), "message_format", id="extra argument"),
        pytest.param(_message(kwargs={"order_id": "X"}), "message_format", id="keyword argument"),
        pytest.param(_message(actor_name="launch"), "actor_unknown", id="unknown actor"),
        pytest.param(_message(queue_name="default"), "queue_mismatch", id="other queue"),
        pytest.param(
            _message(options={"redis_message_id": "poison", "pipe_target": {"actor_name": "charge"}}),
            "options_foreign",
            id="options",
        ),
    ],
)
async def test_a_poison_message_is_put_aside_and_its_neighbours_run(queue_url: str, raw: bytes, reason: str) -> None:
    """Whatever it is, the messages before and behind it run, and it goes into quarantine as it was."""
    wake(queue_url, ["ORD-1", "ORD-2"])
    _push(queue_url, raw)
    wake(queue_url, ["ORD-3", "ORD-4"])
    handling, shelf = OpenHandling(), Shelf()
    async with consuming(queue_url, handling, quarantine=shelf) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert sorted(handling.ended) == ["ORD-1", "ORD-2", "ORD-3", "ORD-4"]
    assert shelf.reasons == {raw: reason}


async def test_a_message_under_another_id_is_put_aside(queue_url: str) -> None:
    """It may wake its order, which does no harm, but it cannot stay by hiding its own id."""
    raw = _message(options={"redis_message_id": "somebody-else"})
    _push(queue_url, raw)
    shelf = Shelf()
    settings = LoopSettings(audit_s=0.05)
    async with consuming(queue_url, OpenHandling(), quarantine=shelf, settings=settings) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert shelf.reasons == {raw: "id_mismatch"}


async def test_an_id_without_a_message_is_let_go(queue_url: str) -> None:
    """A doubled id, whose message is gone with the first, leaves no trace."""
    with connect_blocking(queue_url) as client:
        client.rpush(LIST, "nothing")
    wake(queue_url, ["ORD-1"])
    handling, shelf = OpenHandling(), Shelf()
    async with consuming(queue_url, handling, quarantine=shelf) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert (handling.ended, shelf.reasons) == (["ORD-1"], {})


async def test_a_doubled_id_runs_once_at_a_time(queue_url: str) -> None:
    """What Dramatiq's maintenance or a stray client pushed twice is not run beside itself."""
    wake(queue_url, ["ORD-1"])
    with connect_blocking(queue_url) as client:
        client.rpush(LIST, "ORD-1")
    handling = Handling()
    async with consuming(queue_url, handling) as loop:

        async def both_taken() -> bool:
            return bool(handling.started) and not loop.look.llen(LIST)

        await eventually_async(both_taken, "both ids")
        await loop.service.pause()
        assert handling.started == ["ORD-1"]
        handling.gate.set()
        await eventually_async(loop.is_empty, "an empty queue")


async def test_a_quarantine_that_is_away_is_asked_again(queue_url: str) -> None:
    """The message stays ours, unacknowledged, until somebody has it."""
    _push(queue_url, b"junk")
    shelf = Shelf(refusals=2)
    settings = LoopSettings(audit_after_loss_s=0.02)
    async with consuming(queue_url, OpenHandling(), quarantine=shelf, settings=settings) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert shelf.reasons == {b"junk": "message_format"}
