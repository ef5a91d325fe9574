"""Middleware around the worker process: signals, the watchdog, the exit code. None touches a message."""

from workers.middleware.exit_status import ExitStatus
from workers.middleware.process_group import ProcessGroup
from workers.middleware.watchdog import Watchdog

__all__ = ["ExitStatus", "ProcessGroup", "Watchdog"]
