"""Processes on one virtual clock: each has an event loop of its own, and chance picks who runs next.

Within a process callbacks run in the order in which they became ready, as on any asyncio loop. Between processes, and
between the network and all of them, every order is possible: at each step one ready process is drawn and runs one
callback. Time stands still while anybody can run and then jumps to the next timer, so a second costs nothing.

A killed process runs nothing more that anybody could notice. Its coroutines are unwound, because Python would unwind
them later anyway, but behind closed doors: every double refuses a process that is not alive.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from random import Random
from typing import Any

#: Times a dead process' tasks are cancelled until they are given up: some swallow the first.
UNWINDINGS = 4


class Handle:
    """Something that runs later on a process' loop."""

    __slots__ = ("args", "callback", "when_s")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        when_s: float = 0.0,
    ) -> None:
        self.callback: Callable[..., object] | None = callback
        self.args = args
        self.when_s = when_s

    def cancel(self) -> None:
        self.callback = None

    def cancelled(self) -> bool:
        return self.callback is None

    def when(self) -> float:
        return self.when_s


class Scheduler:
    """The clock, the timers of everybody, and whose turn it is."""

    def __init__(self, random: Random) -> None:
        self.now = 0.0
        self.steps = 0
        self.stopped = False
        #: Tokens drawn and tasks made so far.
        self.tokens, self.tasks = 0, 0
        self.random = random
        self._chance = random.random
        self.current: Process | None = None
        self.runnable: list[Process] = []
        self.processes: list[Process] = []
        self._timers: list[tuple[float, float, Process | None, Any, tuple[Any, ...]]] = []
        self._dead: list[Process] = []

    def at(self, when_s: float, callback: Callable[..., object], *args: Any) -> None:
        """The world does something at that moment, whoever lives then. What falls on one moment comes in any order."""
        heappush(self._timers, (when_s, self._chance(), None, callback, args))

    def wake(self, process: Process, handle: Handle) -> None:
        """Let a process' timer run out at its moment."""
        heappush(self._timers, (handle.when_s, self._chance(), process, handle, ()))

    def bury(self, process: Process) -> None:
        """Unwind it once the present step is over."""
        self._dead.append(process)

    def run(self, steps_max: int) -> None:
        """Step by step until `stopped` is set, nothing is left to do, or `steps_max` is reached."""
        chance, runnable, timers, dead = self._chance, self.runnable, self._timers, self._dead
        while not self.stopped:
            if count := len(runnable):
                place = 0 if count == 1 else int(chance() * count)
                process = runnable[place]
                ready = process.ready
                handle = ready.popleft()
                if not ready:
                    last = runnable.pop()
                    if last is not process:
                        runnable[place] = last
                if handle.callback is not None:
                    self._step(process, handle)
                    if self.steps >= steps_max:
                        break
            elif timers:
                self._advance()
            else:
                break
            if dead:
                self.unwind()
        asyncio._set_running_loop(None)

    def unwind(self) -> None:
        """Let the tasks of the dead end where they are."""
        while self._dead:
            process = self._dead.pop()
            self._enter(process)
            process.unwind()
        self._enter(None)

    def dismantle(self) -> None:
        """The world is over: let go of what ties it together, so that most of it is freed without being looked for."""
        for process in self.processes:
            process.tasks.clear()
            process.ready.clear()
            process.on_doom = process.kill
        self._timers.clear()

    def _step(self, process: Process, handle: Handle) -> None:
        if process is not self.current:
            self._enter(process)
        self.steps += 1
        process.steps += 1
        if process.steps == process.dies_at_step:
            process.ready.appendleft(handle)
            process.on_doom()
        else:
            handle.callback(*handle.args)  # type: ignore[misc]  # who calls has looked

    def _advance(self) -> None:
        timers = self._timers
        now = self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= now:
            _, _, process, what, args = heappop(timers)
            if process is None:
                what(*args)
            elif process.alive and what.callback is not None:
                process.receive(what)

    def _enter(self, process: Process | None) -> None:
        self.current = process
        asyncio._set_running_loop(process)


class NumberedTask(asyncio.Task[Any]):
    """Its hash is its number and not its address, so that sets of tasks (a TaskGroup's, those that `asyncio.wait` is
    given) are walked through in the same order in every run."""

    def __init__(self, number: int, coro: Any, **options: Any) -> None:
        self._number = number
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number


def new_process(scheduler: Scheduler, name: str) -> Process:
    """A process that runs nothing yet."""
    process = Process(scheduler, name)  # type: ignore[abstract]  # sockets, signals and children: nobody has any here
    scheduler.processes.append(process)
    return process


class Process(asyncio.AbstractEventLoop):
    """One process and its event loop. What is not here the product does not use; it would raise NotImplementedError.

    Context variables are not kept apart: nothing that runs here has any.
    """

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen = False
        self.skew_s = 0.0
        self.steps = 0
        self.dies_at_step = 0
        self.on_doom: Callable[[], object] = self.kill
        self.ready: deque[Handle] = deque()
        self.tasks: list[asyncio.Task[Any]] = []
        self._scheduler = scheduler

    def time(self) -> float:
        return self._scheduler.now

    def call_soon(  # type: ignore[override]  # the types of arguments are the caller's business here
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Any:
        handle = Handle(callback, args)
        if not self.ready and self.alive and not self.frozen:
            self._scheduler.runnable.append(self)
        self.ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Any:
        return self.call_at(self._scheduler.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Any:
        handle = Handle(callback, args, when)
        self._scheduler.wake(self, handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        self._scheduler.tasks += 1
        task = NumberedTask(self._scheduler.tasks, coro, loop=self, name=name, context=context)
        self.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Asyncio reports here what nobody awaited. Exceptions of tasks are looked at when the world ends."""

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine on this process, with nobody waiting for it."""
        _ = self.create_task(work)

    def receive(self, handle: Handle) -> None:
        """It becomes ready now; a frozen process finds it when it thaws."""
        if not self.ready and self.alive and not self.frozen:
            self._scheduler.runnable.append(self)
        self.ready.append(handle)

    def leave_turn(self) -> None:
        """No longer among those that could run."""
        if self in self._scheduler.runnable:
            self._scheduler.runnable.remove(self)

    def freeze(self) -> None:
        """Run nothing, while time goes on."""
        self.frozen = True
        self.leave_turn()

    def thaw(self) -> None:
        """Go on where it stood."""
        self.frozen = False
        if self.ready and self.alive:
            self._scheduler.runnable.append(self)

    def kill(self) -> None:
        """`kill -9`: nothing that this process does from here on reaches anybody."""
        if self.alive:
            self.alive = False
            self.leave_turn()
            self._scheduler.bury(self)

    def unwind(self) -> None:
        """End every task of a dead process; what they would do on the way out meets closed doors."""
        for _ in range(UNWINDINGS):
            for task in self.tasks:
                if not task.done():
                    task.cancel()
            while self.ready:
                handle = self.ready.popleft()
                if handle.callback is not None:
                    handle.callback(*handle.args)
            if all(task.done() for task in self.tasks):
                break
        for task in self.tasks:
            if task.done() and not task.cancelled():
                task.exception()  # looked at: asyncio does not complain of it
