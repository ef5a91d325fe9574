"""Worker processes that a test kills: dead ones are replaced, frozen ones are thawed once it is too late for them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

import redis

from producers.runtime.ledger import keys
from tests.eventually import eventually
from tests.nursery import Child
from tests.stack import Stack

How = Literal["KILL", "STOP", "TERM"]
T = TypeVar("T")

#: Seconds beyond D that a frozen process stays frozen.
BEYOND_D_S = 0.3


class Crew:
    """Keeps `size` workers running; a frozen one counts as gone. `tend` is to be called while waiting."""

    def __init__(
        self,
        stack: Stack,
        size: int,
        how: How,
        plan: Mapping[str, Mapping[str, str]],
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._stack = stack
        self._size = size
        self._how = how
        self._plan = plan
        self._env = env
        self._window_s = stack.settings().attempt_window_s
        self._workers: dict[int, Child] = {}
        self._thaw_at: dict[int, float] = {}
        #: Process id of each struck worker, by what struck it.
        self.struck: dict[str, int] = {}
        #: Exit codes of workers that have ended, by process id.
        self.ends: dict[int, int] = {}
        self.tend()

    def tend(self) -> None:
        """Notice the struck, thaw who was frozen for longer than D, replace the dead."""
        for marker in self._stack.markers.glob("*"):
            if marker.name not in self.struck and (written := marker.read_text()):
                self._note(marker.name, int(written))
        for pid, moment in list(self._thaw_at.items()):
            if time.monotonic() > moment:
                os.kill(pid, signal.SIGCONT)
                del self._thaw_at[pid]
        for pid, worker in list(self._workers.items()):
            if (code := worker.poll()) is not None:
                self.ends[pid] = code
                del self._workers[pid]
        while len(self._workers) - len(self._workers.keys() & self._thaw_at) < self._size:
            worker = self._stack.worker(self._plan, env=self._env)
            self._workers[worker.pid] = worker

    def strike(self, what: str, pid: int) -> None:
        """Do to a worker from outside what plans do from inside."""
        os.kill(pid, getattr(signal, f"SIG{self._how}"))
        self._note(what, pid)

    def until(self, look: Callable[[], T], wish: str) -> T:
        """As `eventually`, tending meanwhile."""

        def tended() -> T:
            self.tend()
            return look()

        return eventually(tended, wish)

    def until_struck(self, what: str) -> None:
        """Wait until the plan's entry of that key has fired."""
        self.until(lambda: what in self.struck, f"{what} was struck")

    def dismiss(self) -> list[int]:
        """Thaw everybody, stop everybody; exit codes of those that were well."""
        self.until(lambda: not self._thaw_at, "nobody is frozen")
        # One that is still starting has nothing yet to end it well.
        self.until(self._all_present, "all workers have begun")
        self._size = 0
        ending = {pid for pid in self._workers if pid not in self.struck.values()}
        for worker in self._workers.values():
            worker.send_signal(signal.SIGTERM)
        self.until(lambda: not self._workers, "all workers have ended")
        return [self.ends[pid] for pid in ending]

    def _all_present(self) -> bool:
        with redis.Redis.from_url(self._stack.valkey.url(1)) as client:
            names = client.zrange(keys.WORKERS, 0, -1)
        return self._workers.keys() <= {int(name.split(b"-")[-2]) for name in names}

    def _note(self, what: str, pid: int) -> None:
        self.struck[what] = pid
        if self._how == "STOP":
            self._thaw_at[pid] = time.monotonic() + self._window_s + BEYOND_D_S
