"""Where log lines go: to a stream that may be closed, full or read by nobody. What cannot go is counted.

Payments must not wait for a reader of logs, so a line is written only when the stream takes it at once. Lines
stay below what a pipe takes as one piece, so lines of several processes never mix.
"""

from __future__ import annotations

import io
import os
import select
from typing import IO, Final

#: Bytes of a line at the most: a pipe takes 4096 as one piece.
LINE_MAX: Final = 4096


class Sink:
    """Writes to the stream's descriptor, or to the stream where it has none. Never waits, never raises."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._fd = _descriptor(stream)
        #: Lines that could not be written since the last one that could.
        self.dropped = 0

    @property
    def interactive(self) -> bool:
        """Whether a person reads along."""
        try:
            return self._stream.isatty()
        except ValueError:  # closed
            return False

    def write(self, line: bytes) -> None:
        """Write one line, its end included, or count it."""
        try:
            if self._fd is None:
                self._stream.write(line.decode("utf-8", "replace"))
            elif not _takes_at_once(self._fd) or os.write(self._fd, line) < len(line):
                self.dropped += 1
                return
        except (OSError, ValueError):
            self.dropped += 1
        else:
            self.dropped = 0


def _descriptor(stream: IO[str]) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, ValueError, io.UnsupportedOperation):
        return None


def _takes_at_once(fd: int) -> bool:
    if fd >= 1024:  # beyond what select can look at; such a descriptor is a file
        return True
    return bool(select.select([], [fd], [], 0)[1])
