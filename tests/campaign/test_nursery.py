"""The nursery: what it starts is a process like any other, and its end is told."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.nursery import Nursery
from tests.stack import ROOT

pytestmark = pytest.mark.slow

#: Says where and what it is, and ends as it is told.
MODULE = """
import os, signal, sys
print(__name__, sys.argv[1:], os.environ["MOOD"], "PATH" in os.environ, os.getcwd(), os.getsid(0) == os.getpid(),
      sorted(os.listdir("/proc/self/fd"))[:3] if os.path.exists("/proc/self/fd") else ["0", "1", "2"], flush=True)
if sys.argv[1] == "wait":
    signal.pause()
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "newcomer.py").write_text(MODULE)
    with Nursery({"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}) as warm:
        yield warm


def test_it_runs_as_if_it_had_been_started(nursery: Nursery, tmp_path: Path) -> None:
    """Its own arguments, environment, folder, session and log, and the exit code it chose."""
    child = nursery.start(["newcomer", "7", "--loud"], env={"MOOD": "calm"}, cwd=tmp_path, log=tmp_path / "log")
    assert child.wait(30) == child.poll() == child.returncode == 7
    said = f"__main__ ['7', '--loud'] calm False {tmp_path} True ['0', '1', '2']\n"
    assert (tmp_path / "log").read_text() == said


def test_several_go_on_side_by_side_and_each_ends_by_itself(nursery: Nursery, tmp_path: Path) -> None:
    """A signal reaches the one it is meant for; the others do not notice."""
    first, second = (
        nursery.start(["newcomer", "wait"], env={"MOOD": ""}, cwd=tmp_path, log=tmp_path / f"{number}.log")
        for number in range(2)
    )
    first.kill()
    assert (first.wait(30), second.poll()) == (-signal.SIGKILL, None)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.01)
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == -signal.SIGTERM
    second.send_signal(signal.SIGTERM)  # nobody is there any more


def test_nobody_outlives_it(tmp_path: Path) -> None:
    """Whoever still runs when it is left is killed."""
    (tmp_path / "newcomer.py").write_text(MODULE)
    with Nursery({"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}) as warm:
        child = warm.start(["newcomer", "wait"], env={"MOOD": ""}, cwd=tmp_path, log=tmp_path / "log")
        eventually((tmp_path / "log").exists, "it is there")
    assert child.poll() == -signal.SIGKILL
