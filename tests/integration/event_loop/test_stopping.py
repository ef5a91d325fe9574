"""Stopping interrupts nobody, hands back what was not begun, and says truly whether anything is held."""

from __future__ import annotations

import pytest

from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.queue import WakeUp
from tests.eventually import eventually_async
from tests.loops import LIST, MESSAGES, Handling, OpenHandling, Running, Surroundings, Tally, consuming, wake
from tests.proxy import CuttingProxy
from workers.event_loop import LoopSettings
from workers.event_loop.service import LETTING_GO_S


async def _started(handling: Handling, count: int) -> None:
    async def enough() -> bool:
        return len(handling.started) >= count

    await eventually_async(enough, f"{count} handlers")


async def test_handlers_in_flight_end_undisturbed(queue_url: str) -> None:
    """They are told to hurry by `drain`, waited for, acknowledged, and then the runtime closes."""
    wake(queue_url, ["ORD-1", "ORD-2"])
    handling = Handling()
    runtime = Surroundings(on_drain=handling.gate.set)
    async with consuming(queue_url, handling, runtime=runtime) as loop:
        await _started(handling, 2)
        assert await loop.stop()
        assert await loop.is_empty()
    assert handling.ended == ["ORD-1", "ORD-2"]
    assert runtime.told == ["open", "drain", "close"]
    assert loop.failures == []


async def test_what_was_fetched_and_not_started_goes_back(valkey: EmbeddedValkey, queue_url: str) -> None:
    """A fetch under way when stopping begins brings messages; they are put back at once, and not run."""
    wake(queue_url, ["ORD-1"])
    with CuttingProxy(valkey.port) as proxy:
        handling, runtime = Handling(), Surroundings()
        async with consuming(proxy.url(), handling, look_url=queue_url, runtime=runtime) as loop:
            await _started(handling, 1)
            proxy.hold_reply(b"\r\nfetch\r\n")
            wake(queue_url, ["ORD-2", "ORD-3"])

            async def fetched() -> bool:
                return loop.look.scard(loop.acks_key) == 3

            await eventually_async(fetched, "a fetch under way")
            loop.service.stop()

            async def stopping() -> bool:
                return "drain" in runtime.told

            await eventually_async(stopping, "the beginning of the stop")
            proxy.release()

            async def put_back() -> bool:
                return loop.look.llen(LIST) == 2 and loop.look.scard(loop.acks_key) == 1

            await eventually_async(put_back, "the others on the queue, while a handler still runs")
            handling.gate.set()
            assert await loop.task
            assert loop.look.llen(LIST) == 2
    assert handling.started == ["ORD-1"]


async def test_a_handler_that_does_not_end_is_left_and_reported(queue_url: str) -> None:
    """After the shutdown timeout its message stays unacknowledged for others, and the stop is not clean."""
    wake(queue_url, ["ORD-1"])
    handling = Handling()
    async with consuming(queue_url, handling, settings=LoopSettings(shutdown_timeout_s=LETTING_GO_S)) as loop:
        await _started(handling, 1)
        assert not await loop.stop()
        assert loop.service.held == 1
        assert loop.look.smembers(loop.acks_key) == {b"ORD-1"}
        handling.gate.set()
        await _ended(loop)


async def _ended(loop: Running) -> None:
    async def none_running() -> bool:
        return loop.consumer.running == 0

    await eventually_async(none_running, "the end of the handler this test left behind")


async def test_a_runtime_that_holds_something_makes_the_stop_unclean(queue_url: str) -> None:
    """The runtime has the last word: it knows of orders, the loop only of messages."""
    async with consuming(queue_url, OpenHandling(), runtime=Surroundings(holds_nothing=False)) as loop:
        assert not await loop.stop()


async def test_a_drain_that_raises_abandons_nobody(queue_url: str) -> None:
    """An error in the runtime's drain does not keep handlers from being waited for."""
    wake(queue_url, ["ORD-1"])
    handling = Handling()

    def drain() -> None:
        handling.gate.set()
        raise LookupError

    async with consuming(queue_url, handling, runtime=Surroundings(on_drain=drain)) as loop:
        await _started(handling, 1)
        assert await loop.stop()
    assert handling.ended == ["ORD-1"]


async def test_a_runtime_that_does_not_open_stops_the_boot(queue_url: str) -> None:
    """Nothing is fetched without a runtime."""
    wake(queue_url, ["ORD-1"])

    def refuse() -> None:
        raise LookupError("no ledger")

    handling = OpenHandling()
    async with consuming(queue_url, handling, runtime=Surroundings(on_open=refuse)) as loop:
        with pytest.raises(LookupError, match="no ledger"):
            await loop.task
        assert loop.look.llen(LIST) == 1
    assert handling.started == []


async def test_a_bug_in_the_loop_stops_it_and_abandons_nobody(queue_url: str) -> None:
    """When one of the loop's own tasks dies the process is asked to end, and handlers in flight still end first."""
    wake(queue_url, ["ORD-1"])
    handling = Handling()
    runtime = Surroundings(on_drain=handling.gate.set)
    tally = Tally(bug=LookupError("a bug"))
    async with consuming(queue_url, handling, runtime=runtime, hooks=tally) as loop:
        await _started(handling, 1)
        _strand(loop, "ORD-2")
        loop.consumer.audit.suspect()
        with pytest.raises(LookupError, match="a bug"):
            await loop.task
    assert loop.failures == ["loop"]
    assert handling.ended == ["ORD-1"]
    assert runtime.told == ["open", "drain", "close"]


async def test_a_background_task_of_the_runtime_that_ends_ends_the_loop(queue_url: str) -> None:
    """The same way out: the process is asked to end, and handlers in flight still end first."""
    wake(queue_url, ["ORD-1"])
    handling = Handling()
    runtime = Surroundings(on_drain=handling.gate.set, bug=LookupError("a bug"))
    async with consuming(queue_url, handling, runtime=runtime) as loop:
        await _started(handling, 1)
        runtime.broken.set()
        with pytest.raises(LookupError, match="a bug"):
            await loop.task
    assert loop.failures == ["loop"]
    assert handling.ended == ["ORD-1"]
    assert runtime.told == ["open", "drain", "close"]


def _strand(loop: Running, order_id: str) -> None:
    """As after a fetch whose reply got lost."""
    loop.look.hset(MESSAGES, order_id, WakeUp(order_id, 0).encode())
    loop.look.sadd(loop.acks_key, order_id)
