"""A process that opens cards leaves no core dump, however generous the limit it was started with."""

import json
import subprocess
import sys
from pathlib import Path

from tests.stack import CARD, ROOT, Stack

#: What the process may still dump after the call: its limits, and on Linux whether the kernel would dump it at all.
SCRIPT = """
import ctypes, json, resource, sys
from workers.host.core_dumps import forbid_core_dumps
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


def test_an_aborting_worker_leaves_no_core(tmp_path: Path) -> None:
    """A worker that aborts while it holds an order, with an unlimited limit before, leaves no file of its memory."""
    unlimited = ["/bin/sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh"]
    with Stack(tmp_path) as stack, stack.enqueuer() as enqueuer:
        worker = stack.worker({"ORD-1": {"at": "claimed", "how": "ABRT"}}, wrap=unlimited)
        enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
        assert worker.wait() == -6
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("core")] == []
