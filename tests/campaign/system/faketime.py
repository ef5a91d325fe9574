"""A wall clock that is wrong: libfaketime between a process and the clock. Its monotonic clock stays right.

The offset is read from a file each time the clock is asked, so a running process can be made to see a jump or a drift.
"""

from __future__ import annotations

import glob
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: Where Debian and its kin put it, the variant for programs with threads.
_PLACES = tuple(f"/usr/{lib}/faketime/libfaketimeMT.so.1" for lib in ("lib/*", "lib", "lib64"))


class Clock:
    """The offset that every process with this clock's environment sees. Zero until it is set."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0.0)

    @property
    def env(self) -> Mapping[str, str]:
        """What a process is started with, to be under this clock."""
        return {
            "LD_PRELOAD": _library() or "",
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def set(self, offset_s: float) -> None:
        """From now on the clock is so much ahead, or behind if negative."""
        draft = self._file.with_name(f"{self._file.name}.draft")
        draft.write_text(f"{offset_s:+.3f}s\n")
        draft.replace(self._file)


@cache
def need() -> str | None:
    """Whether the library is here and shifts a clock."""
    if not _library():
        return "libfaketime is not installed (Debian: apt install libfaketime)"
    command = (sys.executable, "-c", "import time; print(time.time())")
    env = {"PATH": os.environ["PATH"], "LD_PRELOAD": _library() or "", "FAKETIME": "+1000s"}
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout
    here = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return None if told and float(told) > here + 500 else "libfaketime does not shift the clock of this Python"


def _library() -> str | None:
    return next((path for place in _PLACES for path in glob.glob(place)), None)
