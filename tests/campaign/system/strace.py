"""System calls of a running process that fail or take long: strace, attached to it and told to inject.

Every call of the process stops while strace is attached, so all of it is slower; it is meant for a second or two.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaign.system import tools
from tests.eventually import eventually

#: Seconds strace may take to let go of every thread.
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Injection:
    """What strace is doing to a process."""

    record: Path

    def struck(self) -> int:
        """How many calls it has made fail, or wait."""
        told = self.record.read_bytes() if self.record.exists() else b""
        return told.count(b"(INJECTED)") + told.count(b"(DELAYED)")


@contextmanager
def injected(pid: int, calls: str, what: str, *, paths: Sequence[Path] = ()) -> Iterator[Injection]:
    """These system calls of that process meet `what` until the block ends: `error=EIO`, `delay_exit=200000` (µs).

    With `paths`, only calls on these files. That the process dies of it is no error here.

    Raises:
        ToolError: strace could not attach.
    """
    with TemporaryDirectory() as place:
        record, refusal = Path(place, "record"), Path(place, "refusal")
        only = [word for path in paths for word in ("-P", str(path))]
        command = ["strace", "-f", "-qq", "-o", str(record), "-p", str(pid), *only]
        command += ["-e", f"trace={calls}", "-e", f"inject={calls}:{what}"]
        with refusal.open("wb") as said:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        try:
            eventually(lambda: child.poll() is not None or _is_traced(pid), f"strace attaches to process {pid}")
            if child.poll() is not None and (words := refusal.read_text()):
                raise tools.ToolError(words.strip())
            yield Injection(record)
        finally:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_S)
            child.kill()
            child.wait()


@cache
def need() -> str | None:
    """Whether strace is here and may attach."""
    if reason := tools.lacks("strace", "strace"):
        return reason
    subject = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL)  # noqa: S607 - found on PATH
    try:
        with injected(subject.pid, "fdatasync", "error=EIO"):
            return None
    except tools.ToolError as error:
        return str(error).splitlines()[0]
    finally:
        subject.kill()
        subject.wait()


def _is_traced(pid: int) -> bool:
    """Whether every thread of it is; false when it is gone."""
    states = [_status(path) for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return bool(states) and all("\nTracerPid:\t0\n" not in state for state in states)


def _status(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return "\nTracerPid:\t0\n"
