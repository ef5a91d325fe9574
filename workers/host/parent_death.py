"""Ends a process when the one that started it is gone: a killed supervisor leaves no workers behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

#: prctl's option, from linux/prctl.h.
_PR_SET_PDEATHSIG = 1
#: Seconds between looks where the kernel does not tell.
POLL_S = 1.0


def stop_with_parent(parent: int) -> None:
    """Get SIGTERM when the process `parent`, which started this one, dies, and now if it has died already.

    Linux tells itself, when the *thread* that started us ends; elsewhere a thread looks every second.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
    else:
        threading.Thread(target=_look, args=(parent,), name="parent-death", daemon=True).start()


def _look(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
