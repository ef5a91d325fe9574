"""The directory through which the processes of a host add up their numbers: a file per process and kind.

Whoever starts the processes owns it: empties it, and buries those that have ended. What they counted has happened and
stays in the sum; what they held they hold no more. Their counts become one file, or each would be read again at every
scrape, three hundred of them for a second: a worker that dies every ten seconds leaves thousands in a day, and the
numbers would be missing just when they are needed.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from prometheus_client import Metric

#: Kinds whose numbers outlive their process, and what stands in place of its id then.
_COUNTED: Final = ("counter", "histogram")
_ENDED: Final = "ended"

log: Final = structlog.get_logger(__name__)


class SharedNumbers:
    """What all processes that share `path` have counted, as a collector of prometheus_client."""

    def __init__(self, path: Path) -> None:
        self._path = path
        #: A scrape must not see counts that are in both files, or in neither.
        self._moving = threading.Lock()

    def empty(self) -> None:
        """Make the directory, with nothing in it: what an earlier run left would be added to this one's.

        Only for whoever starts the processes, before the first of them.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        for left in self._path.glob("*.db"):
            left.unlink(missing_ok=True)

    def bury(self, pid: int) -> None:
        """Drop the gauges of a process that has ended, and add its counts to those of the others that have."""
        with self._moving:
            self._drop_gauges(pid)
            for kind in _COUNTED:
                self._add_to_ended(kind, pid)

    def describe(self) -> list[Metric]:
        """Nothing, so that registering reads nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The sums, less the gauges of processes that are gone."""
        from prometheus_client.multiprocess import MultiProcessCollector

        with self._moving:
            for pid in {int(file.stem.rpartition("_")[2]) for file in self._path.glob("gauge_live*_*.db")}:
                if not _runs(pid):
                    self._drop_gauges(pid)
            # A process killed as it made its file leaves it empty, and one empty file would fail every scrape.
            files = [str(file) for file in self._path.glob("*.db") if _size(file)]
            found = [*MultiProcessCollector.merge(files)]  # type: ignore[no-untyped-call]  # theirs
        yield from found

    def _drop_gauges(self, pid: int) -> None:
        for gauge in self._path.glob(f"gauge_live*_{pid}.db"):
            gauge.unlink(missing_ok=True)

    def _add_to_ended(self, kind: str, pid: int) -> None:
        from prometheus_client.mmap_dict import MmapedDict

        counted = self._path / f"{kind}_{pid}.db"
        if not _size(counted):
            counted.unlink(missing_ok=True)
            return
        values = _values(counted)
        try:
            ended = MmapedDict(str(self._path / f"{kind}_{_ENDED}.db"))  # type: ignore[no-untyped-call]  # theirs
        except OSError:  # no room: it stays where it is, and is read with each scrape
            return
        for key, value, at in values:
            ended.write_value(key, ended.read_value(key)[0] + value, at)  # type: ignore[no-untyped-call]
        ended.close()  # type: ignore[no-untyped-call]
        counted.unlink()


def _values(counted: Path) -> list[tuple[str, float, float]]:
    """Key, value and time of each series; nothing of a file that a disk cut short, which would fail every scrape."""
    from prometheus_client.mmap_dict import MmapedDict

    try:
        found = [*MmapedDict.read_all_values_from_file(str(counted))]  # type: ignore[no-untyped-call]  # theirs
    except (RuntimeError, struct.error):
        log.warning("metrics_file_damaged", exc_info=True)
        return []
    return [(key, value, at) for key, value, at, _ in found]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
