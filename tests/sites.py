"""Worker processes as an operator starts them, and the report of what they did."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import redis

from tests.eventually import eventually

ROOT = Path(__file__).parents[1]
STOCK_CLI = ("-m", "dramatiq", "tests.worker_app:boot", "--processes", "1", "--threads", "1")
OWN_PROCESS = ("-m", "workers.process", "--boot", "tests.worker_app:boot")


@dataclass
class Site:
    """Starts workers and reads their report."""

    environment: dict[str, str]
    report: redis.Redis
    queue: redis.Redis
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self,
        arguments: tuple[str, ...],
        environment: Mapping[str, str] | None = None,
        preexec: Callable[[], object] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Run Python in a session of its own, as a process runner does."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **(environment or {})},
            start_new_session=True,
            preexec_fn=preexec,
        )
        self.processes.append(process)
        return process

    def lines(self, name: str) -> list[str]:
        """A list of the report."""
        lines = cast("list[bytes]", self.report.lrange(name, 0, -1))
        return [line.decode() for line in lines]

    def await_lines(self, name: str, count: int) -> list[str]:
        """The same once it is that long."""
        eventually(lambda: len(self.lines(name)) >= count, f"{count} lines in {name}")
        return self.lines(name)

    def open_gate(self) -> None:
        """Let handlers end."""
        self.report.set("gate", 1)

    def end_all(self) -> None:
        """Leave no process behind, whatever the test did."""
        pids = {int(line.split()[1]) for name in ("told", "started") for line in self.lines(name)}
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for pid in pids:
            _kill_if_ours(pid)


def _kill_if_ours(pid: int) -> None:
    """A worker whose master was killed by the test lives on; its command line says whose it is."""
    line = Path(f"/proc/{pid}/cmdline")
    try:
        if b"tests.worker_app" in line.read_bytes():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return
