"""What several processes test adds up: nothing is lost on the way to the one terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, hold
from tests.spread import APART, TOGETHER

CONFTEST = """
from tests.left_out import leave_out
pytest_plugins = ("tests.left_out", "tests.spread")
def pytest_configure(config):
    leave_out(config, "test_far.py", "no such tool")
"""
TESTS = """
import os
def test_it():
    {}
def test_another():
    pass
"""


@pytest.mark.parametrize(
    ("one", "two", "code", "said"),
    [
        ("pass", "pass", 0, "4 passed"),
        ("os._exit(1)", "pass", 1, "1 failed, 3 passed"),
        ("os._exit(1)", "os._exit(1)", 1, "2 failed, 2 passed"),
    ],
    ids=["passes", "ends its process", "both end theirs"],
)
def test_processes_tell_what_one_would(tmp_path: Path, one: str, two: str, code: int, said: str) -> None:
    """The exit code, the counts, and once what cannot run, in the words that `.ci/run` counts."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_one.py").write_text(TESTS.format(one))
    (tmp_path / "test_two.py").write_text(TESTS.format(two))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-n", "2", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        # Three processes start for four tests: none loads what it has no use for.
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout
    told = [line for line in done.stdout.splitlines() if "cannot run on this machine" in line or "no such tool" in line]
    assert [line.strip("= ") for line in told] == ["1 cannot run on this machine", "test_far.py: no such tool"]


def test_what_is_taken_apart_or_together_is_there() -> None:
    """A file that was renamed would be a piece of work by itself, and nobody would notice."""
    hold("Mend it in tests/spread.py:", (path for path in APART + TOGETHER if not (ROOT / path).is_file()))
