"""The crew as an operator has it: `cardinity worker` on a host, with two processes, and its numbers on a port.

Strikes see the processes as they see those of any crew. Who dies is replaced by the product's own supervisor, at its
own pace. A worker that a strike hires is another host.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from tests.campaign.crew import GRACE_S, Crew
from tests.campaign.plan import Plan
from tests.eventually import awaited
from tests.nursery import Child
from tests.stack import Stack

#: The first host, its processes, and those of every other one.
FIRST: Final = "a"
PROCESSES, MORE = 2, 1
#: A launcher whose processes have a library loaded before all others, and it has not. Under libfaketime 0.9.10 the
#: `time.sleep` that it looks around by fails (EINVAL), for a moment of a monotonic clock is refused there. It tells of
#: no age by its own clock, but by that of Redis, so that what it says is what it would say.
_PRELOADING = (
    "import os, runpy, sys; os.environ['LD_PRELOAD'] = sys.argv.pop(1); "
    "runpy.run_module('workers.cli', run_name='__main__', alter_sys=True)"
)


class Adopted:
    """A process that is somebody else's child, as `subprocess.Popen` would show it; how it ended is not known."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """0 once it is gone."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return 0
        return 0 if state == "Z" else None

    def wait(self, timeout: float | None = None) -> int:
        """Until it is gone."""
        if not awaited(lambda: self.poll() is not None, within_s=timeout or GRACE_S):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or GRACE_S)
        return 0

    def send_signal(self, number: int, /) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Hosts(Crew):
    """The first host is called `a`, and those that are hired `b` and so on."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        super().__init__(stack, plan)
        self.size = PROCESSES
        self._launchers: dict[str, Child] = {}
        self._numbers = count()
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Hosts:
        self._launch(FIRST, PROCESSES, self.env)
        super().__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        """Whoever is frozen would stay: it cannot notice that its launcher is gone."""
        super().__exit__(*raised)
        for launcher in self._launchers.values():
            launcher.kill()  # or it would replace whoever is killed
        for pid in {*self._team, *self._thaw_at}:
            Adopted(pid).kill()

    def urls(self) -> dict[str, str]:
        """Where every host serves its numbers, if it is there."""
        return {name: f"http://127.0.0.1:{port}/metrics" for name, port in self._ports.items()}

    def ended(self) -> set[str]:
        """Hosts whose launcher is not there any more."""
        return {name for name, launcher in self._launchers.items() if launcher.poll() is not None}

    def tend(self) -> None:
        """One look: notice the struck, thaw, see who is there."""
        with self._guard:
            self._notice()
            for pid, moment in list(self._thaw_at.items()):
                if time.monotonic() >= moment:
                    del self._thaw_at[pid]
                    Adopted(pid).send_signal(signal.SIGCONT)
                    self._away.discard(pid)
            self._team = {pid: self._team.get(pid) or Adopted(pid) for pid in self._children()}

    def hire(self, env: Mapping[str, str] | None = None) -> Child:
        """One more host."""
        return self._launch("bcdefghijklmnop"[len(self._ports) - 1], MORE, {**self.env, **(env or {})})

    def restart(self, worker: Child) -> int:
        """The whole host anew, for its processes have the environment of their launcher."""
        self.renew()
        return 0

    def renew(self, name: str = FIRST) -> None:
        """Stop that host, and start it as it is to be now."""
        self.dismiss(self._launchers[name])
        if processes := self.size if name == FIRST else MORE:
            self._launch(name, processes, self.env)

    def scale(self, size: int) -> None:
        """So many processes from now on; none is no host."""
        self.size = size
        self.renew()

    def lose(self) -> None:
        """The first host's launcher is killed, and nobody starts it again."""
        self._launchers[FIRST].kill()

    def _children(self) -> list[int]:
        pid = self._launchers[FIRST].pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def _launch(self, name: str, processes: int, env: Mapping[str, str]) -> Child:
        number, directory = next(self._numbers), self._stack.directory
        port = self._ports.setdefault(name, _free_port())
        env = dict(env)
        library = env.pop("LD_PRELOAD", "")
        words = ["-c", _PRELOADING, library] if library else ["-m", "workers.cli"]
        words += ["worker", "--json", "--processes", f"{processes}"]
        more = {"METRICS_PORT": f"{port}", "PROMETHEUS_MULTIPROC_DIR": str(directory / f"numbers-{number}")}
        if self._plan.worker_plan:
            words += ["--boot", "tests.chaos.worker:boot"]
            more |= {"CHAOS_PLAN": json.dumps(self._plan.worker_plan), "CHAOS_MARKERS": str(self._stack.markers)}
        self._launchers[name] = self._stack.start(*self._wrap, sys.executable, *words, env={**more, **env})
        return self._launchers[name]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
