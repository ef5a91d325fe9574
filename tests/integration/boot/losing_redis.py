"""A boot whose Redis dies between its checks and the event loop: `--boot tests.integration.boot.losing_redis:boot`."""

from __future__ import annotations

import os
import signal

from workers import main


def boot() -> None:
    """As `workers.main.boot`; then the server with the process id in `VALKEY_PID` is killed."""
    main.boot()
    os.kill(int(os.environ["VALKEY_PID"]), signal.SIGKILL)
