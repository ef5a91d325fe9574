"""No core dump of a process that opens cards: its memory holds one for as long as an attempt takes."""

from __future__ import annotations

import ctypes
import resource
import sys

#: prctl's option, from linux/prctl.h.
_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Whatever limit the process was started with, and wherever the system sends dumps.

    A limit of nothing stops files. On Linux dumps may go to a program instead, which the limit does not stop; a process
    that is not dumpable has none, and another one of the same user cannot look into its memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
