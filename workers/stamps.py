"""What tells one content of a file from the next without reading it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

#: Time of the last change (ns), inode, bytes.
Stamp: TypeAlias = tuple[int, int, int]


def stamp(path: Path) -> Stamp | None:
    """The file's; None where there is none that can be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
