"""The demo as `make demo` runs it, and what it leaves behind: one line, and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.house.tree import ROOT

#: Seconds for a whole demo, of which a machine that others want too has taken forty.
DEMO_S = 400
LINE = re.compile(
    r"demo: (\d+) accepted, (\d+) approved, (\d+) declined, (\d+) rejected, (\d+) not charged, (\d+) unknown, "
    r"(\d+) parked, 0 lost, 0 duplicate charges, \d+\.\d s\n"
)


def demo(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    (tmp_path / "tmp").mkdir()
    with (tmp_path / "stderr").open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "workers.cli", "demo", *arguments],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            preexec_fn=_heed_ctrl_c,
        )


def _heed_ctrl_c() -> None:
    """As on a terminal: what a shell starts in the background ignores it, and hands that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_behind(tmp_path: Path, pid: int) -> list[str]:
    """Processes that name the demo's directory or the demo as their parent, and files in its directory."""
    signs = (str(tmp_path / "tmp"), f"--parent {pid} ")
    return [line for line in _command_lines() if any(sign in f"{line} " for sign in signs)] + [
        path.name for path in (tmp_path / "tmp").iterdir()
    ]


def _command_lines() -> Iterator[str]:
    if not Path("/proc/self/cmdline").exists():
        yield from subprocess.run(["/bin/ps", "-A", "-o", "args"], capture_output=True, text=True).stdout.splitlines()
        return
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue


@pytest.mark.slow
@pytest.mark.timeout(DEMO_S)
def test_the_demo_keeps_every_promise(tmp_path: Path) -> None:
    """With faults on and a worker killed nothing is lost or doubled, and stdout is the promised line alone."""
    running = demo(tmp_path, "--payments", "60")
    out, _ = running.communicate()
    told = LINE.fullmatch(out)
    assert told, (out, (tmp_path / "stderr").read_text("utf-8"))
    accepted, *outcomes = map(int, told.groups())
    assert (running.returncode, accepted, sum(outcomes)) == (0, 60, 60)
    assert left_behind(tmp_path, running.pid) == []


@pytest.mark.slow
@pytest.mark.timeout(DEMO_S)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM in mid-batch stop every process in order and remove every file."""
    running = demo(tmp_path, "--payments", "5000")
    try:
        wish = "the demo is under way"
        eventually(lambda: "approved" in (tmp_path / "stderr").read_text("utf-8"), wish, within_s=DEMO_S / 2)
    finally:
        running.send_signal(number)
    out, _ = running.communicate()
    assert (running.returncode, out, left_behind(tmp_path, running.pid)) == (code, "", [])
