"""Where the audit trail ended whenever this host wrote to it: a file of its own, which only grows.

A chain that was cut off or written anew agrees with itself. It does not agree with this file.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from producers.contract.audit import Head

_FILE: Final = "audit.heads"
_MODE: Final = 0o600


def keep(state_dir: Path, head: Head) -> None:
    """Write down one more. Raises OSError."""
    state_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(state_dir / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE)
    try:
        os.write(handle, f"{head.seq} {head.hash}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def trail_ended(state_dir: Path) -> str:
    """The last of them as a line of the trail tells it: "number hash", or "unknown"."""
    newest = deque(kept(state_dir), maxlen=1)
    return f"{newest[0].seq} {newest[0].hash}" if newest else "unknown"


def kept(state_dir: Path) -> Iterator[Head]:
    """All that were written down, oldest first; a line that a crash cut short is left out."""
    try:
        text = (state_dir / _FILE).read_text("ascii", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        seq, _, digest = line.partition(" ")
        if seq.isdecimal() and len(digest) == 64:
            yield Head(int(seq), digest)
