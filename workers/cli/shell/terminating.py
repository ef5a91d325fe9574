"""SIGTERM ends a command as Ctrl-C does: what was started is stopped on the way."""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(BaseException):
    """SIGTERM, on its way through every `finally` to the exit code."""


def terminable() -> None:
    """From here on SIGTERM unwinds the stack as Ctrl-C does, so that what was started is stopped."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise Terminated

    for number in (signal.SIGTERM, signal.SIGHUP):  # SIGHUP: the terminal was closed
        signal.signal(number, unwind)
