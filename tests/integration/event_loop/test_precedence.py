"""Two queues: what somebody waits for is started before what a batch has put behind it, and neither starves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.eventually import eventually_async
from tests.loops import BEHIND, OpenHandling, connect_blocking, consuming, wake
from workers.event_loop import LoopSettings

#: Messages of a batch, and how many a process works on at once.
BACKLOG, SLOTS = 2000, 8


@dataclass
class OneByOne:
    """A handler whose calls end when they are told to, one at a time, in the order in which they began."""

    started: list[str] = field(default_factory=list)
    ends: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def __call__(self, order_id: str, version: int) -> None:
        self.started.append(order_id)
        await self.ends.get()

    async def until_started(self, count: int) -> None:
        async def begun() -> bool:
            return len(self.started) >= count

        await eventually_async(begun, f"{count} handlers")


async def test_an_order_does_not_wait_behind_a_batch(queue_url: str) -> None:
    """Two thousand wait, all slots are taken: the first slot that is free is its."""
    wake(queue_url, [f"BATCH-{n}" for n in range(BACKLOG)], batch=True)
    handling = OneByOne()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=SLOTS)):
        await handling.until_started(SLOTS)
        for number in range(3):
            wake(queue_url, [f"ORD-{number}"])
            handling.ends.put_nowait(None)
            await handling.until_started(SLOTS + number + 1)
        for _ in range(SLOTS + 3):
            handling.ends.put_nowait(None)
        await handling.until_started(2 * SLOTS + 3)
        for _ in range(BACKLOG):
            handling.ends.put_nowait(None)
    assert handling.started[SLOTS : SLOTS + 4] == ["ORD-0", "ORD-1", "ORD-2", f"BATCH-{SLOTS}"]


async def test_a_batch_gets_its_share(queue_url: str) -> None:
    """While others wait too, one start of ten is its; what they leave is its too."""
    wake(queue_url, [f"BATCH-{n}" for n in range(300)], batch=True)
    wake(queue_url, [f"ORD-{n}" for n in range(300)])
    handling = OpenHandling()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=SLOTS, fetch_max=SLOTS)) as loop:
        await eventually_async(loop.is_empty, "both queues empty")
    last = max(at for at, order_id in enumerate(handling.started) if order_id.startswith("ORD"))
    of_batch = [order_id for order_id in handling.started[:last] if order_id.startswith("BATCH")]
    # A tenth of all is a ninth of the others; a round at either end may be one of the batch alone.
    assert 300 // 9 - SLOTS <= len(of_batch) <= 300 // 9 + 2 * SLOTS
    assert of_batch == [f"BATCH-{n}" for n in range(len(of_batch))]


async def test_a_batch_alone_has_every_slot(queue_url: str) -> None:
    """None is kept free for orders that may come."""
    wake(queue_url, [f"BATCH-{n}" for n in range(100)], batch=True)
    handling = OneByOne()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=SLOTS)):
        await handling.until_started(SLOTS)
        with connect_blocking(queue_url) as look:
            assert look.llen(BEHIND) == 100 - SLOTS
        for _ in range(100):
            handling.ends.put_nowait(None)
        await handling.until_started(100)


async def test_a_batch_is_found_while_others_keep_all_slots_busy(queue_url: str) -> None:
    """Its queue was empty when the loop began, and the first one never is."""
    wake(queue_url, [f"ORD-{n}" for n in range(BACKLOG)])
    handling = OneByOne()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=SLOTS, behind_look_s=0.005)):
        await handling.until_started(SLOTS)
        wake(queue_url, ["BATCH-0"], batch=True)
        while "BATCH-0" not in handling.started:
            assert len(handling.started) < BACKLOG
            begun = len(handling.started)
            handling.ends.put_nowait(None)
            await handling.until_started(begun + 1)
        for _ in range(BACKLOG + 1):
            handling.ends.put_nowait(None)


async def test_a_loop_that_stops_leaves_both_queues_to_others(queue_url: str) -> None:
    """What has not been started is on its list, and nothing is held."""
    wake(queue_url, [f"BATCH-{n}" for n in range(20)], batch=True)
    handling = OneByOne()
    async with consuming(queue_url, handling, settings=LoopSettings(in_flight_max=SLOTS)) as loop:
        await handling.until_started(SLOTS)
        wake(queue_url, ["ORD-0"])
        for _ in range(SLOTS):
            handling.ends.put_nowait(None)
        await handling.until_started(SLOTS + 1)
        for _ in range(20):
            handling.ends.put_nowait(None)
        assert await loop.stop()
        assert not list(loop.look.scan_iter("dramatiq:__acks__.*"))
