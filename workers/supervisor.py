"""Keeps N worker processes running: starts them, starts dead ones again, stops them once and waits.

Dramatiq's own master stops everything when one child dies; here the others go on. A child that dies again and
again is started ever more slowly, so that a broken deployment does not spin.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

#: Seconds until a dead process is started again: first, and doubling up to.
RESTART_FIRST_S, RESTART_MAX_S = 0.2, 10.0
#: A process that ran this long was healthy: the next restart is quick again.
HEALTHY_S = 10.0
#: Seconds between looks at the processes.
LOOK_S = 0.05
#: Seconds from SIGTERM to SIGKILL: above the worker's own shutdown timeout.
GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    """What happened to process number `index`. `exit_code` is negative for a signal."""

    kind: Literal["started", "died", "stopped", "killed"]
    index: int
    pid: int
    exit_code: int | None = None


@dataclass(slots=True)
class _Place:
    index: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths: int = field(default=0)


class Supervisor:
    """`run` blocks until `stop`, which may be called from a signal handler or another thread.

    `argv` is what to run; each process gets its own session, so signals of a terminal or of a process runner
    reach it through here only, once. `on_event` is called from `run`.
    """

    def __init__(
        self,
        processes: int,
        argv: Sequence[str],
        env: Mapping[str, str],
        on_event: Callable[[ProcessEvent], None],
        *,
        grace_s: float = GRACE_S,
    ) -> None:
        self._argv = tuple(argv)
        self._env = dict(env)
        self._on_event = on_event
        self._grace_s = grace_s
        self._places = [_Place(index) for index in range(processes)]
        self._stopping = threading.Event()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes running now."""
        return tuple(place.process.pid for place in self._places if place.process)

    def stop(self) -> None:
        """Begin to stop; a second call changes nothing."""
        self._stopping.set()

    def run(self) -> int:
        """Start, watch, and after `stop` end all; the highest exit code of them, 128 + n for a signal n."""
        try:
            while not self._stopping.is_set():
                for place in self._places:
                    self._tend(place)
                time.sleep(LOOK_S)
        finally:
            code = self._end()
        return code

    def _tend(self, place: _Place) -> None:
        now = time.monotonic()
        if place.process is None:
            if now >= place.start_again_at:
                self._start(place)
        elif (code := place.process.poll()) is not None:
            place.deaths = 1 if now - place.started_at >= HEALTHY_S else place.deaths + 1
            place.start_again_at = now + restart_pause_s(place.deaths)
            self._on_event(ProcessEvent("died", place.index, place.process.pid, code))
            place.process = None

    def _start(self, place: _Place) -> None:
        place.process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            self._argv, env=self._env, stdin=subprocess.DEVNULL, start_new_session=True
        )
        place.started_at = time.monotonic()
        self._on_event(ProcessEvent("started", place.index, place.process.pid))

    def _end(self) -> int:
        for place in self._places:
            if place.process:
                with suppress(ProcessLookupError):
                    place.process.send_signal(signal.SIGTERM)
        kill_at = time.monotonic() + self._grace_s
        return max((self._await_end(place, kill_at) for place in self._places), default=0)

    def _await_end(self, place: _Place, kill_at: float) -> int:
        if place.process is None:
            return 0
        try:
            code = place.process.wait(max(0.0, kill_at - time.monotonic()))
            kind: Literal["stopped", "killed"] = "stopped"
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(place.process.pid, signal.SIGKILL)
            code, kind = place.process.wait(), "killed"
        self._on_event(ProcessEvent(kind, place.index, place.process.pid, code))
        place.process = None
        return code if code >= 0 else 128 - code


def restart_pause_s(deaths: int) -> float:
    """Seconds to wait after that many quick deaths in a row."""
    return min(RESTART_FIRST_S * float(2 ** min(deaths - 1, 16)), RESTART_MAX_S)


def worker_argv(*arguments: str) -> tuple[str, ...]:
    """The command line of one worker process that ends with the calling process."""
    return (sys.executable, "-m", "workers.process", "--parent", str(os.getpid()), *arguments)
