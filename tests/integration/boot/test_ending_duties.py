"""A background task ends by a fault of ours: the process without it ends too, and is started afresh."""

import sys
from pathlib import Path

from tests.stack import Stack
from workers.event_loop.thread import EXIT_FAILED

#: Seconds until a process that goes on is taken for one that would go on for ever.
WITHIN_S = 60


def test_a_process_does_not_outlive_a_duty(tmp_path: Path) -> None:
    """Without its leaders it would look alive, take orders, and give them back for want of credits."""
    with Stack(tmp_path) as stack:
        (stack.settings().state_dir / "spool" / "unreadable.jsonl").mkdir(parents=True)
        boot = ("--boot", "tests.integration.boot.raising_watcher:boot")
        worker = stack.start(sys.executable, "-m", "workers.process", *boot)
        assert worker.wait(WITHIN_S) == EXIT_FAILED
