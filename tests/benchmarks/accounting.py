"""What processes and Redis spent, from the kernel's and the server's own accounting. Linux only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
#: Places in /proc/PID/stat behind the name: the parent, and user and system time of itself and of waited-for children.
_PARENT, _TIMES = 1, slice(11, 15)


def families(roots: Iterable[int]) -> tuple[int, ...]:
    """The processes and all their descendants as they are now."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children[int(stat[_PARENT])].append(int(entry.name))
    found = list(roots)
    for pid in found:
        found.extend(children[pid])
    return tuple(found)


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds, user and system, of these processes so far, and of their children that have ended."""
    return sum(int(ticks) for pid in pids for ticks in _stat(pid)[_TIMES]) / _TICKS_PER_S


def resident_kb(pids: Iterable[int]) -> float:
    """Resident memory of these processes; what they share counts for each."""
    return sum(_resident_pages(pid) for pid in pids) * _PAGE_BYTES / 1024


@dataclass(frozen=True, slots=True)
class RedisWork:
    """What a server did: commands, those that scripts called included, and reads from sockets.

    A pipeline is at least one read, however many commands it carries, so reads are an upper bound of the round trips
    that anybody can have waited for.
    """

    commands: int
    reads: int

    @classmethod
    def of(cls, client: redis.Redis) -> RedisWork:
        """As the server tells it; the observer's own commands are left out."""
        me: Any = client.client_id()
        rows: Any = client.client_list(client_id=[me])
        info: Any = client.info("stats")
        mine = int(rows[0]["tot-cmds"])
        return cls(info["total_commands_processed"] - mine, info["total_reads_processed"] - mine)

    def since(self, before: RedisWork) -> RedisWork:
        """The difference."""
        return RedisWork(self.commands - before.commands, self.reads - before.reads)


def _stat(pid: int) -> list[str]:
    """The fields behind the process's name; none for a process that is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _resident_pages(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0
