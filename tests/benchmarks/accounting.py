"""What processes and Redis spent, from the kernel's and the server's own accounting."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
#: Commands that clients send and no script of ours or of Dramatiq calls.
_NOT_IN_SCRIPTS = ("llen", "zrange", "smembers", "xread", "wait")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds (user and system) and resident memory (MiB) of a process so far."""

    cpu_s: float
    resident_mib: float

    @classmethod
    def by(cls, pid: int) -> Spent:
        """Read from /proc; Linux only."""
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return cls((int(stat[11]) + int(stat[12])) / _TICKS_PER_S, resident * _PAGE_BYTES / 2**20)


@dataclass(frozen=True, slots=True)
class RedisWork:
    """What a server did for its clients so far: scripts run, other commands sent, and reads from sockets.

    Every pipeline is at least one read, so reads are what round trips cost the server.
    """

    scripts: int
    others: int
    reads: int

    @classmethod
    def of(cls, client: redis.Redis) -> RedisWork:
        """As INFO tells it."""
        info: dict[str, Any] = client.info("everything")
        rows = ((name.removeprefix("cmdstat_"), row) for name, row in info.items() if name.startswith("cmdstat_"))
        calls = {name: row["calls"] for name, row in rows}
        scripts = calls.get("evalsha", 0) + calls.get("eval", 0)
        return cls(scripts, sum(calls.get(name, 0) for name in _NOT_IN_SCRIPTS), info["total_reads_processed"])

    def since(self, before: RedisWork) -> RedisWork:
        """The difference."""
        return RedisWork(self.scripts - before.scripts, self.others - before.others, self.reads - before.reads)
