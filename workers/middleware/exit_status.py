"""Tells the supervisor by exit code whether a stopped worker still held something."""

from __future__ import annotations

from collections.abc import Callable

from dramatiq import Broker, Middleware, Worker


class ExitStatus(Middleware):
    """Ends the process with the given code once the worker has shut down, unless that code is 0.

    Must be first in the broker's list: after-hooks run in reverse, and nothing runs after this one.
    """

    def __init__(self, exit_code: Callable[[], int]) -> None:
        self._exit_code = exit_code

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        if code := self._exit_code():
            raise SystemExit(code)
