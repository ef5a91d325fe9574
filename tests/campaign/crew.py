"""Keeps the workers of a run alive from a thread of its own: the dead are replaced, the frozen thawed when it is time.

A frozen worker counts as gone, so that the others go on meanwhile. Workers that a strike hires on top are its own to
dismiss; what they end with is noted like everybody's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from producers.runtime.ledger.record import Record
from tests.campaign.plan import Plan
from tests.campaign.points import ANYBODY, blow
from tests.nursery import Child
from tests.stack import Stack

#: Seconds between two looks at workers and markers.
LOOK_S = 0.02
#: Seconds a worker may take to end after SIGTERM: its own shutdown timeout is 4 s when scaled.
GRACE_S = 15.0


class Crew:
    """Starts `plan.workers` workers on entering, and none stays when it is left."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._wrap = [part for wrap in plan.wrap_worker for part in wrap]
        #: What is added to the environment of workers started from now on.
        self.env: dict[str, str] = dict(plan.env_worker)
        #: How many there are to be.
        self.size = plan.workers
        #: Keys of the plan that have fired, with the process id of the struck.
        self.struck: dict[str, int] = {}
        #: Exit codes, by how many workers ended with them.
        self.ends: Counter[int] = Counter()
        self.started = 0
        self._team: dict[int, Child] = {}
        self._hired: dict[int, Child] = {}
        self._away: set[int] = set()
        self._thaw_at: dict[int, float] = {}
        self._guard = threading.RLock()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._tend_until_left, name="crew", daemon=True)

    def __enter__(self) -> Crew:
        self.tend()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def alive(self) -> Sequence[Child]:
        """Workers of the team that run and are not frozen."""
        with self._guard:
            return [worker for pid, worker in self._team.items() if pid not in self._away and worker.poll() is None]

    def hire(self, env: Mapping[str, str] | None = None) -> Child:
        """One more worker, with a changed environment; the caller dismisses it."""
        with self._guard:
            worker = self._start({**self.env, **(env or {})})
            self._hired[worker.pid] = worker
            return worker

    def dismiss(self, worker: Child) -> int:
        """Ask it to stop and wait, with SIGKILL at the end of the grace; its exit code."""
        worker.send_signal(signal.SIGTERM)
        try:
            return worker.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            return worker.wait()

    def restart(self, worker: Child) -> int:
        """The same, and the team is complete again when it returns, or soon after."""
        code = self.dismiss(worker)
        self.tend()
        return code

    def strike(self, pid: int, how: str, thaw_s: float = 0.0) -> bool:
        """Send SIG`how` from outside; after a STOP it is thawed when that time is over. Whether it hit one that ran."""
        with self._guard:
            hit = any(worker.pid == pid for worker in self.alive())
            _signal(pid, getattr(signal, f"SIG{how}"))
            if how == "STOP":
                self._freeze(pid, thaw_s)
            return hit

    def scale(self, size: int) -> None:
        """So many from now on; those that are too many are asked to stop, and waited for."""
        with self._guard:
            self.size = size
            extra = [worker for pid, worker in self._team.items() if pid not in self._away][size:]
        for worker in extra:
            self.dismiss(worker)
        self.tend()

    def tend(self) -> None:
        """One look: notice the struck, thaw, note the dead, fill the team."""
        with self._guard:
            self._notice()
            for pid, moment in list(self._thaw_at.items()):
                if time.monotonic() >= moment:
                    del self._thaw_at[pid]
                    _signal(pid, signal.SIGCONT)
                    self._away.discard(pid)
            for workers in (self._team, self._hired):
                for pid, worker in list(workers.items()):
                    if (code := worker.poll()) is not None:
                        self.ends[code] += 1
                        self._away.discard(pid)
                        del workers[pid]
            present = [worker for pid, worker in self._team.items() if pid not in self._away]
            for _ in range(len(present), self.size):
                worker = self._start(self.env)
                self._team[worker.pid] = worker

    def thaw_all(self) -> None:
        """Nobody stays frozen: the faults are over."""
        with self._guard:
            self._thaw_at = dict.fromkeys(self._thaw_at, 0.0)
        self.tend()

    def call_off(self) -> None:
        """From now on no read of the list and no look-up strikes who does it: what has not fired counts as fired."""
        for key in self._plan.worker_plan:
            if key.startswith(ANYBODY):
                (self._stack.markers / key).touch()

    def count_hits(self, orders: Mapping[str, Record], hit: Callable[[str], None]) -> None:
        """Tell of every crash point at which somebody was really struck from inside. An order that was meant to wait
        in a state at that point, and never did, was struck elsewhere.
        """
        for key in self.struck:
            entry = self._plan.worker_plan[key]
            passed = [line.state for line in orders[key].history] if key in orders else []
            if entry.get("while", "") in ("", *passed):
                hit(blow(entry["point"], entry["how"]))

    def stop(self) -> list[int]:
        """Ask everybody to stop; exit codes of those that were there."""
        self.size = 0
        with self._guard:
            workers = [*self._team.values(), *self._hired.values()]
        for worker in workers:
            _signal(worker.pid, signal.SIGTERM)
        return [self.dismiss(worker) if (code := worker.poll()) is None else code for worker in workers]

    def _notice(self) -> None:
        for marker in self._stack.markers.glob("*"):
            if marker.name not in self.struck and (written := marker.read_text()):
                pid = int(written)
                self.struck[marker.name] = pid
                entry = self._plan.worker_plan[marker.name]
                if entry["how"] == "STOP":
                    self._freeze(pid, entry["thaw_s"])

    def _freeze(self, pid: int, thaw_s: float) -> None:
        self._away.add(pid)
        self._thaw_at[pid] = time.monotonic() + thaw_s

    def _start(self, env: Mapping[str, str]) -> Child:
        """The first ones as an operator starts them; whoever takes the place of one that was lost, in a moment."""
        self.started += 1
        if self.started <= self._plan.workers or self._wrap:
            return self._stack.worker(self._plan.worker_plan, env=env, wrap=self._wrap)
        return self._stack.worker(self._plan.worker_plan, env=env)

    def _tend_until_left(self) -> None:
        while not self._left.wait(LOOK_S):
            self.tend()


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
