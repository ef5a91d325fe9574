"""A producer's desk: the command line as processes of their own, at a ledger without workers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from producers.runtime.ledger import keys
from producers.vault import generate_keys
from tests.house.tree import ROOT
from workers.cli.demo.rows import lines

#: Bytes in a unit of `ru_maxrss`.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended, and the most memory that it had (bytes)."""

    code: int
    out: str
    peak: int


class Desk:
    """One host with one producer; nobody takes what it submits."""

    def __init__(self, directory: Path, queue_url: str, ledger_url: str) -> None:
        self.directory = directory
        made = generate_keys(directory / "keys")
        self.ledger = redis.Redis.from_url(ledger_url, protocol=2)
        self._env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LOG_FORMAT": "json",
            "REDIS_QUEUE_URL": queue_url,
            "REDIS_LEDGER_URL": ledger_url,
            "STATE_DIR": str(directory / "state"),
            "SEAL_PUBLIC_KEY_FILE": str(made.seal_public),
            "PRODUCER_KEY_FILE": str(made.producer_key),
        }

    def file(self, rows: int, prefix: str = "ORD") -> Path:
        """A file of good rows."""
        path = self.directory / f"{prefix}-{rows}.csv"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(line.replace("DEMO-", f"{prefix}-") for line in lines(rows))
        return path

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command on its way; its output goes into a file."""
        out = (self.directory / "out").open("wb")
        with out:
            return subprocess.Popen(
                [sys.executable, "-m", "workers.cli", "batch", *arguments],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )

    def run(self, *arguments: str) -> Ran:
        """A command to its end."""
        child = self.start(*arguments)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
        return Ran(child.returncode, (self.directory / "out").read_text("utf-8"), usage.ru_maxrss * _RSS_UNIT)

    def counts(self, batch: str) -> dict[str, int]:
        """Orders of a batch by state, without zeros."""
        counters: Any = self.ledger.hgetall(keys.batch(batch))
        return {state.decode(): int(count) for state, count in counters.items() if int(count)}
