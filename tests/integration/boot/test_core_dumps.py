"""A process that opens cards leaves no core dump, however generous the limit it was started with."""

import json
import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT

#: What the process may still dump after the call: its limits, and on Linux whether the kernel would dump it at all.
SCRIPT = """
import ctypes, json, resource, sys
from workers.core_dumps import forbid_core_dumps
forbid_core_dumps()
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(json.dumps([*resource.getrlimit(resource.RLIMIT_CORE), dumpable]), flush=True)
import os
os.abort()
"""


def test_an_aborting_process_leaves_no_core(tmp_path: Path) -> None:
    """With an unlimited limit before, there is none after, the kernel is told not to dump, and no file appears."""
    command = ["/bin/sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == -6
    assert json.loads(done.stdout) == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_worker_calls_it_before_it_reads_a_key() -> None:
    """In the composition of a worker the call stands before keys are loaded and Redis is asked."""
    text = (ROOT / "workers" / "main.py").read_text("utf-8")
    assert 0 < text.index("    forbid_core_dumps()") < text.index("load_opening_keys(settings")
