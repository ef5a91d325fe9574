"""How a process strikes itself down at an exact place."""

from __future__ import annotations

import os
import signal
import threading


def strike(how: str) -> None:
    """Meet SIGKILL or SIGSTOP before the next instruction, SIGTERM as it comes.

    A SIGSTOP to the process would reach this thread a little later than others. SIGTERM goes to the process, because
    its handler is the main thread's.
    """
    if how == "TERM":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        signal.pthread_kill(threading.get_ident(), getattr(signal, f"SIG{how}"))
