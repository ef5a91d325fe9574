"""What groups, clocks and injected failures do to one small process, and that nothing of it stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest

from tests.campaign.system import cgroup, faketime, strace
from tests.eventually import eventually

#: Turns for ever.
BUSY = "while True: pass"
#: Takes far more memory than its group may have, once it is told to.
GREEDY = "input(); taken = b'x' * (1 << 29); print('still here')"
#: For every line that it hears: the wall clock and the monotonic one.
CLOCKS = "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
#: For every line that it hears: a byte to each of two files, and how that went.
WRITER = """
import os, sys
files = [os.open(path, os.O_CREAT | os.O_WRONLY) for path in sys.argv[1:]]
def go(file):
    try:
        os.write(file, b"x"); os.fdatasync(file)
    except OSError as error:
        return error.strerror
    return "done"
for _ in sys.stdin: print(*map(go, files), sep="|", flush=True)
"""


@contextmanager
def subject(script: str, *arguments: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own at work on this."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as child:
        try:
            yield child
        finally:
            child.kill()


def ask(child: subprocess.Popen[str]) -> str:
    """One line to it, and its answer."""
    said, heard = cast("IO[str]", child.stdin), cast("IO[str]", child.stdout)
    said.write("\n")
    said.flush()
    return heard.readline().strip()


@pytest.mark.needs(tool=cgroup.need_freezer)
def test_a_frozen_group_executes_nothing_until_it_is_thawed() -> None:
    """While we turn, it gets no time of any processor; afterwards it goes on."""
    with subject(BUSY) as child, cgroup.group("freezer", "test") as group:
        group.add(child.pid)
        eventually(lambda: _cpu(child.pid), "it turns")
        group.freeze()
        used = _cpu(child.pid)
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        assert _cpu(child.pid) == used
        group.thaw()
        eventually(lambda: _cpu(child.pid) > used, "it turns again")


@pytest.mark.needs(tool=cgroup.need_memory)
def test_who_needs_more_than_the_group_has_is_killed() -> None:
    """The kernel's SIGKILL, and it is counted."""
    with subject(GREEDY) as child, cgroup.group("memory", "test") as group:
        group.limit_memory(1 << 27)
        group.add(child.pid)
        assert ask(child) == ""
        assert child.wait() == -signal.SIGKILL
        assert group.kills() == 1


@pytest.mark.needs(tool=cgroup.need_freezer)
def test_a_group_is_gone_when_it_is_left() -> None:
    """Its directory too, though a frozen process was in it."""
    with subject(BUSY) as child:
        with cgroup.group("freezer", "test") as group:
            group.add(child.pid)
            group.freeze()
        assert not group.path.exists()
        used = _cpu(child.pid)
        eventually(lambda: _cpu(child.pid) > used, "the process goes on")


@pytest.mark.needs(tool=faketime.need)
def test_a_wrong_clock_jumps_while_the_monotonic_one_goes_on(tmp_path: Path) -> None:
    """A minute ahead, a minute behind, right again; seen by a process that runs all the while."""
    clock = faketime.Clock(tmp_path / "offset")
    offsets, monotonic = [], []
    with subject(CLOCKS, env=dict(clock.env)) as child:
        for offset in (0.0, 61.0, -61.0, 0.0):
            clock.set(offset)
            wall, steady = map(float, ask(child).split())
            offsets.append(round((wall - time.time()) / 61))
            monotonic.append(abs(steady - time.monotonic()) < 30)
    assert offsets == [0, 1, -1, 0]
    assert all(monotonic)


@pytest.mark.needs(tool=strace.need)
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_system_call_fails_on_one_file_and_not_on_the_other(tmp_path: Path, error: str) -> None:
    """Only while strace is attached, and only where it is told; it counts."""
    words = {"EIO": "Input/output error", "ENOSPC": "No space left on device"}[error]
    one, other = tmp_path / "one", tmp_path / "other"
    with subject(WRITER, str(one), str(other)) as child:
        assert ask(child) == "done|done"
        with strace.injected(child.pid, "fdatasync", f"error={error}", paths=[one]) as injection:
            assert ask(child) == f"{words}|done"
            eventually(injection.struck, "it is counted")
        assert ask(child) == "done|done"


@pytest.mark.needs(tool=strace.need)
def test_a_system_call_takes_as_long_as_it_is_told(tmp_path: Path) -> None:
    """Half a second for a sync, at least."""
    with (
        subject(WRITER, str(tmp_path / "one")) as child,
        strace.injected(child.pid, "fdatasync", "delay_exit=500000") as injection,
    ):
        begun = time.monotonic()
        assert ask(child) == "done"
        assert time.monotonic() - begun > 0.4
        eventually(injection.struck, "it is counted")


def _cpu(pid: int) -> int:
    """Ticks of processors it has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
