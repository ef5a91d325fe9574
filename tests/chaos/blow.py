"""How a process strikes itself down at an exact place."""

from __future__ import annotations

import ctypes
import os
import signal
import threading

#: Bytes taken at a time, and at the most, by one that is to be killed for its memory. Nobody kills it without a limit
#: that the machine sets, so it gives up before it does harm.
GULP, GREED_MAX = 1 << 24, 1 << 30


def strike(how: str, stall_s: float = 0.0) -> None:
    """Meet SIGKILL, SIGSTOP, or what else the name says, before the next instruction; SIGTERM as it comes.

    A SIGSTOP to the process would reach this thread a little later than others. SIGTERM goes to the process, because
    its handler is the main thread's. `STALL` keeps the interpreter's lock for that long: no thread of ours runs.
    `OOM` takes memory until somebody objects.
    """
    if how == "TERM":
        os.kill(os.getpid(), signal.SIGTERM)
    elif how == "STALL":
        ctypes.PyDLL(None).usleep(int(stall_s * 1_000_000))
    elif how == "OOM":
        _take_memory()
    else:
        signal.pthread_kill(threading.get_ident(), getattr(signal, f"SIG{how}"))


def _take_memory() -> None:
    taken = [b"\xff" * GULP for _ in range(GREED_MAX // GULP)]
    raise MemoryError(f"nobody objected to {len(taken) * GULP} bytes")
