"""The bounds of the loop, and how long it waits before it tries again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from workers.event_loop import LoopSettings
from workers.event_loop.slots import Slots
from workers.middleware import Watchdog
from workers.supervisor import restart_pause_s


@pytest.mark.parametrize(
    "wrong",
    [
        partial(LoopSettings, fetch_max=0),
        partial(LoopSettings, fetch_max=1000),
        partial(LoopSettings, in_flight_max=0),
        partial(LoopSettings, heartbeat_s=10.0, maintenance_s=5.0),
        partial(Watchdog, 0),
    ],
    ids=str,
)
def test_limits_that_contradict_are_refused(wrong: Callable[[], object]) -> None:
    """A limit outside its range is named at the boot, not found at run time."""
    with pytest.raises(ValueError, match="must"):
        wrong()


def test_a_failing_command_is_repeated_ever_more_slowly() -> None:
    """Pauses double from the first to the longest, however many failures there were."""
    settings = LoopSettings(retry_min_s=0.25, retry_max_s=1.0)
    assert [settings.backoff_s(failures) for failures in (1, 2, 3, 4, 10_000)] == [0.25, 0.5, 1.0, 1.0, 1.0]


def test_a_dying_process_is_restarted_ever_more_slowly() -> None:
    """From 0.2 s doubling to 10 s."""
    pauses = [restart_pause_s(deaths) for deaths in (1, 2, 3, 6, 7, 10_000)]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 6.4, 10.0, 10.0])


async def test_slots_are_taken_up_to_the_limit_and_waited_for() -> None:
    """Who finds none waits until one is given back."""
    slots = Slots(3)
    assert [await slots.take(2), await slots.take(2)] == [2, 1]
    waiting = asyncio.create_task(slots.take(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    slots.give_back(1)
    assert (await waiting, slots.used) == (1, 3)


async def test_who_waits_for_a_slot_can_be_woken() -> None:
    """Waking gives no slot: it lets a stopping consumer see that it is to stop."""
    slots = Slots(1)
    await slots.take(1)
    waiting = asyncio.create_task(slots.take(1))
    await asyncio.sleep(0)
    slots.wake()
    assert (await waiting, slots.used) == (0, 1)
