"""Makes one stop request one, however many SIGTERMs the process runner turns it into.

Dramatiq's worker process takes a second SIGTERM as "kill now", in mid-charge. Runners that signal the whole
group (honcho, supervisord with stopasgroup) or every process of a unit (systemd) send one to the master, who
forwards it, and one to the worker. So the worker leaves the master's group, and repeated requests to stop are
ignored: whoever wants it dead at once has SIGKILL.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from dramatiq import Broker, Middleware

#: What Dramatiq's worker process takes as a request to stop.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ProcessGroup(Middleware):
    """Gives each worker process its own group and one stop."""

    def after_process_boot(self, broker: Broker) -> None:
        lead_own_group()
        stop_once()


def lead_own_group() -> None:
    """Leave the parent's process group; a session leader is in its own already.

    Raises:
        PermissionError: not a leader, and the system refuses.
    """
    try:
        os.setpgid(0, 0)
    except PermissionError:
        if os.getpgrp() != os.getpid():
            raise


def stop_once() -> None:
    """Let the present handlers of the stop signals see the first of them only."""
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        handler = handlers[signal.Signals(number)]
        if not asked and callable(handler):
            asked = True
            handler(number, frame)

    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, ask)
