"""The ordinary way of a message: fetched when it can start, run once, acknowledged."""

from __future__ import annotations

import redis
from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy
from dramatiq.middleware import SkipMessage
from structlog.testing import capture_logs

from tests.eventually import eventually_async
from tests.loops import LIST, Handling, OpenHandling, Tally, consuming, wake
from workers.event_loop import LoopSettings


async def test_every_message_runs_once_within_the_bound(queue_url: str) -> None:
    """10,000 messages run once each, never more at a time than allowed, and leave nothing behind."""
    order_ids = [f"ORD-{n}" for n in range(10_000)]
    wake(queue_url, order_ids)
    handling = OpenHandling()
    tally = Tally()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=300), hooks=tally) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert sorted(handling.ended) == sorted(order_ids)
    assert handling.running_max <= 300
    assert tally.acked_count == 10_000


async def test_no_message_is_taken_that_cannot_start(queue_url: str) -> None:
    """With all slots taken the rest stays on the list, for other workers to take."""
    wake(queue_url, [f"ORD-{n}" for n in range(100)])
    handling = Handling()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=10)) as loop:

        async def all_slots_taken() -> bool:
            return len(handling.started) == 10

        await eventually_async(all_slots_taken, "ten handlers")
        assert loop.look.scard(loop.acks_key) == 10
        assert loop.look.llen(LIST) == 90
        handling.gate.set()
        await eventually_async(loop.is_empty, "an empty queue")
    assert handling.running_max == 10


async def test_messages_start_in_the_order_they_came(queue_url: str) -> None:
    """The oldest order is looked at first."""
    order_ids = [f"ORD-{n}" for n in range(200)]
    wake(queue_url, order_ids)
    handling = OpenHandling()
    async with consuming(queue_url, handling) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert handling.started == order_ids


async def test_a_handler_that_raises_is_acknowledged_and_counted(queue_url: str) -> None:
    """A failing order does not come back by the queue, and the log does not quote what it choked on."""
    wake(queue_url, ["ORD-1"])
    tally = Tally()

    async def fail(order_id: str, version: int) -> None:
        raise ValueError("4111111111111111")

    with capture_logs() as logs:
        async with consuming(queue_url, fail, hooks=tally) as loop:
            await eventually_async(loop.is_empty, "an empty queue")
    assert tally.failed_actors == ["charge"]
    assert [entry["error"] for entry in logs if entry["event"] == "handler_failed"] == ["ValueError"]
    assert "4111" not in str(logs)


class _Diary(Middleware):
    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        self.entries.append(("before", message.args[0]))
        if message.args[0] == "ORD-SKIP":
            raise SkipMessage

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        self.entries.append((type(exception).__name__, message.args[0]))

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        self.entries.append(("skipped", message.args[0]))


async def test_middleware_sees_messages_as_under_a_stock_worker(queue_url: str) -> None:
    """Before and after hooks surround the handler, and a hook may skip a message."""
    wake(queue_url, ["ORD-1", "ORD-BAD", "ORD-SKIP"])
    diary = _Diary()

    async def handle(order_id: str, version: int) -> None:
        if order_id == "ORD-BAD":
            raise LookupError

    async with consuming(queue_url, handle, middleware=[diary]) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert sorted(diary.entries) == sorted(
        [
            ("before", "ORD-1"),
            ("NoneType", "ORD-1"),
            ("before", "ORD-BAD"),
            ("LookupError", "ORD-BAD"),
            ("before", "ORD-SKIP"),
            ("skipped", "ORD-SKIP"),
        ]
    )


async def test_a_busy_loop_gives_signs_of_life(queue_url: str) -> None:
    """With every slot taken, and nothing fetched, the heartbeat goes on."""
    wake(queue_url, ["ORD-1"])
    handling = Handling()
    settings = LoopSettings(in_flight_max=1, heartbeat_s=0.02)
    async with consuming(queue_url, handling, settings=settings) as loop:

        async def beaten() -> float:
            return loop.look.zscore("dramatiq:__heartbeats__", loop.broker.broker_id) or 0.0

        first = await eventually_async(beaten, "a heartbeat")

        async def beaten_again() -> bool:
            return bool(handling.started) and await beaten() > first

        await eventually_async(beaten_again, "a later heartbeat")
        handling.gate.set()


async def test_looking_at_an_empty_queue_writes_nothing(queue_url: str) -> None:
    """An idle worker reads; a server that syncs every write has nothing to sync."""
    settings = LoopSettings(idle_max_s=0.005, heartbeat_s=600.0, maintenance_s=600.0)  # signs of life are writes
    async with consuming(queue_url, OpenHandling(), settings=settings) as loop:

        async def looked_often() -> bool:
            return _calls(loop.look, "llen") >= 40

        for wish in ("the first signs of life are over", "forty looks"):
            loop.look.config_resetstat()
            await eventually_async(looked_often, wish)
        assert _calls(loop.look, "evalsha") == 0


async def test_a_paused_loop_fetches_nothing_and_finishes_what_it_has(queue_url: str) -> None:
    """Pausing is no stopping: handlers end, nothing new starts until it resumes."""
    handling = OpenHandling()
    async with consuming(queue_url, handling) as loop:
        await loop.service.pause()
        wake(queue_url, ["ORD-1"])
        held = loop.look.scard(loop.acks_key)
        assert (held, loop.look.llen(LIST)) == (0, 1)
        loop.service.resume()
        await eventually_async(loop.is_empty, "an empty queue")
    assert handling.ended == ["ORD-1"]


def _calls(client: redis.Redis, command: str) -> int:
    return int(client.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))
