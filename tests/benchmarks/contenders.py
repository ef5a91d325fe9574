"""Who is measured, and how many payments each gets at a latency: enough to see its pace, no more than that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.ours import Ours
from tests.benchmarks.peer import Peer, Recipe
from tests.benchmarks.system import WARM_UP

#: Seconds a run of a slow contender should take, and the fewest payments that say anything.
RUN_S, FEWEST = 5.0, 40
#: CPU cores that the workers of a contender can use.
CORES = 2


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the field.

    `in_flight` is how many payments all its workers have at the gateway at once, at the most; `cpu_us` roughly what
    one costs them. Both only size its runs.
    """

    name: str
    label: str
    in_flight: int
    cpu_us: float
    recipe: Recipe | None = None

    def payments(self, latency_ms: float, wanted: int) -> int:
        """How many to give it: what it does in `RUN_S`, at the most what is wanted."""
        cores = CORES if self.recipe is None or self.recipe.queue else 1
        per_s = min(self.in_flight / max(latency_ms / 1000, 1e-6), cores * 1e6 / self.cpu_us)
        return max(FEWEST, min(wanted, int(per_s * RUN_S)))

    def warm_up(self) -> int:
        """As many as it has in flight, no more than `WARM_UP`."""
        return min(WARM_UP, self.in_flight)

    def system(self, directory: Path, latency_ms: float, settings: Mapping[str, str]) -> Ours | Peer:
        """A fresh one, not yet entered."""
        if self.recipe is None:
            return Ours(directory, latency_ms, settings=settings)
        return Peer(self.recipe, directory, latency_ms)


def _python(module: str) -> Recipe:
    return Recipe(module, (("python", "-m", "{}"),), queue=False)


def _dramatiq(module: str, threads: int) -> Recipe:
    return Recipe(module, (("dramatiq", "{}", "--processes", "2", "--threads", str(threads)),))


def _celery(number: int) -> tuple[str, ...]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
    return ("celery", "-A", "{}", "worker", "-P", "threads", "-c", "64", "-n", f"bench{number}@%h", *quiet)


_TASKIQ = ("taskiq", "worker", "{}:broker", "--workers", "2", "--max-async-tasks", "512", "--log-level", "WARNING")

#: In the order of the table.
CONTENDERS = (
    Contender("ours", "cardinity-batch", 2048, 400),
    Contender("threads", "5 threads, requests-oauthlib (no queue)", 5, 1600, _python("threads")),
    Contender("gather", "asyncio.gather, aiohttp (no queue)", 100, 330, _python("gather")),
    Contender("dramatiq", "Dramatiq, 64 threads", 128, 2000, _dramatiq("dramatiq_threads", 64)),
    Contender("dramatiq-async", "Dramatiq AsyncIO, httpx", 512, 18000, _dramatiq("dramatiq_async", 256)),
    Contender("celery", "Celery, 64 threads", 128, 2600, Recipe("celery_threads", (_celery(1), _celery(2)))),
    Contender("taskiq", "taskiq, aiohttp", 1024, 1000, Recipe("taskiq_aiohttp", (_TASKIQ,))),
)
BY_NAME: Mapping[str, Contender] = {contender.name: contender for contender in CONTENDERS}
