"""Many seeds, in several processes: how fast, what was met on the way, and which seeds are red."""

from __future__ import annotations

import gc
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.simulation.chance import virtual
from tests.simulation.variant import PRODUCT, Variant
from tests.simulation.world import Result, play

#: Seeds that one process plays in one go, and between two collections of garbage: worlds are full of cycles, and
#: looking for them after every few hundred objects costs a third of the time. What was imported is not looked at.
CHUNK: Final = 1000
COLLECT_EVERY: Final = 50
#: Spools are synced, which a disk takes milliseconds for; whether it keeps what it confirmed is not the question here.
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a directory of its own is made there
#: Red seeds kept for the report.
RED_MAX: Final = 20


@dataclass
class Tally:
    """What some seeds came to. `red` has the first ones; `reds` counts all."""

    seeds: int = 0
    steps: int = 0
    reds: int = 0
    cpu_s: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)
    red: list[Result] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Both together."""
        self.seeds += other.seeds
        self.steps += other.steps
        self.reds += other.reds
        self.cpu_s += other.cpu_s
        self.hits.update(other.hits)
        self.red = [*self.red, *other.red][:RED_MAX]


def play_many(first: int, count: int, *, variant: Variant = PRODUCT, until_red: bool = False) -> Tally:
    """Play these seeds in this process, to the first red one if so asked."""
    tally = Tally()
    began = time.process_time()
    with _directory() as directory, virtual(), _collected_by_hand():
        for seed in range(first, first + count):
            result = play(seed, directory, variant=variant)
            tally.seeds += 1
            tally.steps += result.steps
            tally.hits.update(result.hits)
            if result.violations:
                tally.reds += 1
                tally.red = [*tally.red, result][:RED_MAX]
                if until_red:
                    break
            if seed % COLLECT_EVERY == 0:
                gc.collect()
    tally.cpu_s = time.process_time() - began
    return tally


def campaign(first: int, count: int, jobs: int, *, progress: Callable[[Tally], object] = lambda _: None) -> Tally:
    """Play these seeds in so many processes. `progress` hears of the sum so far after each chunk."""
    whole = Tally()
    chunks = [(begin, min(CHUNK, first + count - begin)) for begin in range(first, first + count, CHUNK)]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(play_many, *zip(*chunks, strict=True)):
            whole.add(part)
            progress(whole)
    return whole


def traced(seed: int, variant: Variant = PRODUCT) -> Result:
    """The same run with every step told."""
    with _directory() as directory, virtual():
        return play(seed, directory, variant=variant, traced=True)


@contextmanager
def _directory() -> Iterator[Path]:
    memory = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


@contextmanager
def _collected_by_hand() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
