"""The command line as a user runs it: each command a process of its own, measured by the kernel, its answer kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.stack import Stack

#: Bytes in a unit of `ru_maxrss`.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
#: Seconds between two lines about a command that takes long.
LINE_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its exit code, where its stdout is, and what it took. `peak_mb` is resident memory."""

    name: str
    code: int
    out: Path
    wall_s: float
    cpu_s: float
    peak_mb: float

    @property
    def result(self) -> dict[str, Any]:
        """The last line, as JSON."""
        with self.out.open("rb") as out:
            out.seek(max(0, self.out.stat().st_size - 65_536))
            answer: dict[str, Any] = json.loads(out.read().splitlines()[-1])
        return answer


class Command:
    """One of them, from its start to its end. `told` says how far it is; where stderr is a terminal its own bar does.

    A context manager: one that is left before its end is killed.
    """

    def __init__(self, stack: Stack, name: str, arguments: Sequence[str], told: Callable[[], str] | None) -> None:
        self._name = name
        self._out = stack.directory / f"{name.replace(' ', '-')}.out"
        self._log = stack.directory / f"{name.replace(' ', '-')}.err"
        self._began = time.monotonic()
        self._told = None if sys.stderr.isatty() else told
        own_bar = told is not None and sys.stderr.isatty()
        with self._out.open("wb") as out, self._log.open("wb") as log:
            stderr: IO[Any] = sys.stderr if own_bar else log
            self._child = subprocess.Popen(
                [sys.executable, "-m", "workers.cli", "batch", *arguments],
                env={**stack.env, "TERM": os.environ.get("TERM", "dumb"), "TMPDIR": str(stack.directory)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=stderr,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.returncode is None:
            self._child.kill()
            self._child.wait()

    def ended(self) -> Ran:
        """Wait for its end."""
        over = threading.Event()
        teller = threading.Thread(target=self._tell, args=(over,))
        teller.start()
        try:
            _, status, usage = os.wait4(self._child.pid, 0)
        finally:
            over.set()
            teller.join()
        self._child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
        return Ran(
            self._name,
            self._child.returncode,
            self._out,
            time.monotonic() - self._began,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * _RSS_UNIT / 1e6,
        )

    def _tell(self, over: threading.Event) -> None:
        while not over.wait(LINE_EVERY_S):
            if self._told:
                say(f"{self._name}: {time.monotonic() - self._began:.0f} s, {self._told()}")


def say(text: str) -> None:
    """A line for whoever waits."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
