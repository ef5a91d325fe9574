"""`every.py SECONDS COMMAND...`: runs the command, again and again, until SIGTERM. For where there is no cron.

The next run begins so many seconds after the last one began, or at once where that took longer: never two at a time.
How a run ended is its own business, and in its own output. SIGTERM is handed on and the run waited for.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence


def repeat(seconds: float, command: Sequence[str], stopped: threading.Event) -> None:
    """Until `stopped` is set."""
    while not stopped.is_set():
        begun = time.monotonic()
        with subprocess.Popen(command) as run:  # noqa: S603 - the command that it was started with, no shell
            while run.poll() is None:
                if stopped.wait(0.1):
                    run.terminate()
                    run.wait()
        stopped.wait(max(0.0, begun + seconds - time.monotonic()))


if __name__ == "__main__":
    asked_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.set())
    repeat(float(sys.argv[1]), sys.argv[2:], asked_to_stop)
