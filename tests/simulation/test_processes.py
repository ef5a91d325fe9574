"""The loop of a simulated process is an asyncio loop, and nothing of a dead process reaches anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from tests.simulation.processes import Process, Scheduler, new_process


def run(*works: Callable[[], Coroutine[Any, Any, None]], seed: int = 1) -> tuple[Scheduler, list[Process]]:
    """Each on a process of its own, to the end of all."""
    scheduler = Scheduler(Random(seed))
    processes = []
    for number, work in enumerate(works):
        process = new_process(scheduler, f"p{number}")
        process.start(work())
        processes.append(process)
    scheduler.run(10_000)
    return scheduler, processes


def test_time_is_virtual() -> None:
    """An hour of sleep takes no time, and the loop's clock shows it."""
    seen: list[float] = []

    async def witness() -> None:
        try:
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append(asyncio.get_running_loop().time())

    run(witness)
    assert seen == [3600.0]


def test_sets_of_tasks_are_walked_through_in_the_order_of_their_making() -> None:
    """Where asyncio keeps tasks in a set, which one is cancelled first is no matter of addresses."""
    ended: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    async def witness() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(wait(number))
            await asyncio.sleep(0)
            raise asyncio.CancelledError

    run(witness)
    assert ended == list(range(40))


def test_a_process_keeps_its_order_and_processes_do_not() -> None:
    """Within a process what became ready first runs first; between processes every order happens."""
    orders = set()
    for seed in range(40):
        seen: list[str] = []

        def steps(name: str, seen: list[str] = seen) -> Callable[[], Coroutine[Any, Any, None]]:
            async def work() -> None:
                for number in range(3):
                    seen.append(f"{name}{number}")
                    await asyncio.sleep(0)

            return work

        run(steps("a"), steps("b"), seed=seed)
        for name in "ab":
            assert [step for step in seen if step[0] == name] == [f"{name}{number}" for number in range(3)]
        orders.add(tuple(seen))
    assert len(orders) > 10


def test_asyncio_works_on_it() -> None:
    """Task groups, gathering, cancelling and waiting behave as on any loop."""
    seen: list[object] = []

    async def part(value: int) -> int:
        await asyncio.sleep(value)
        return value

    async def work() -> None:
        seen.append(await asyncio.gather(part(2), part(1)))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part(number)) for number in (3, 1)]
        seen.append([task.result() for task in tasks])
        endless = asyncio.create_task(part(10**6))
        done, pending = await asyncio.wait([endless], timeout=5)
        seen.append((len(done), len(pending)))
        endless.cancel()
        seen.append(await asyncio.gather(endless, return_exceptions=True))

    run(work)
    assert seen[:3] == [[2, 1], [3, 1], (0, 1)]
    assert isinstance(seen[3], list)
    assert isinstance(seen[3][0], asyncio.CancelledError)


def test_a_killed_process_runs_nothing_more() -> None:
    """It ends at the step it has reached, its tasks are unwound, and its timers never ring."""
    seen: list[str] = []

    async def doomed() -> None:
        try:
            while True:
                seen.append("alive")
                await asyncio.sleep(1)
        finally:
            seen.append("unwound")

    scheduler = Scheduler(Random(1))
    process = new_process(scheduler, "p")
    process.start(doomed())
    scheduler.at(2.5, process.kill)
    scheduler.run(1000)
    assert seen == ["alive", "alive", "alive", "unwound"]
    assert all(task.done() for task in process.tasks)


def test_a_frozen_process_goes_on_where_it_stood() -> None:
    """While it is frozen time passes for everybody else; what fell due meanwhile runs when it thaws."""
    seen: list[float] = []

    async def work() -> None:
        for _ in range(3):
            seen.append(asyncio.get_running_loop().time())
            await asyncio.sleep(1)

    scheduler = Scheduler(Random(1))
    process = new_process(scheduler, "p")
    process.start(work())
    scheduler.at(0.5, process.freeze)
    scheduler.at(10.0, process.thaw)
    scheduler.run(1000)
    assert seen == [0.0, 10.0, 11.0]
