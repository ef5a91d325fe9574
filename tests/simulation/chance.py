"""Nothing in a simulated run comes from outside its seed: the product's clocks, dice and tokens are replaced.

Wherever a module of the product has `time`, `random` or `secrets`, it gets the stand-in of the same name while
`virtual` is in force. That is found by looking, not by a list, so a module that begins to use one is covered.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from tests.simulation.processes import Scheduler

#: The moment at which every world begins: 15 January 2026, 10:00 UTC.
BEGIN_S = 1_768_471_200
BEGIN_MS = BEGIN_S * 1000

#: Multiplied by it whole numbers differ in all their digits; it is odd, so no two come out alike.
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835

_PACKAGES = ("cardinity_client", "producers", "workers")


class _Present:
    """The world that runs just now in this process."""

    scheduler: Scheduler = Scheduler(random.Random(0))


PRESENT = _Present()


class VirtualTime:
    """`time`: the wall clock of the process that asks, which may be wrong."""

    def time(self) -> float:
        scheduler = PRESENT.scheduler
        skew_s = scheduler.current.skew_s if scheduler.current else 0.0
        return BEGIN_S + scheduler.now + skew_s

    def monotonic(self) -> float:
        return PRESENT.scheduler.now

    perf_counter = monotonic


class VirtualDice:
    """`random`."""

    def uniform(self, low: float, high: float) -> float:
        return PRESENT.scheduler.random.uniform(low, high)

    def random(self) -> float:
        return PRESENT.scheduler.random.random()


class VirtualTokens:
    """`secrets`: as long as the real ones, never twice the same in a world, and repeatable.

    They take nothing from the world's dice, so that a world stays what it is when the product draws one more.
    """

    def token_hex(self, size: int) -> str:
        scheduler = PRESENT.scheduler
        scheduler.tokens += 1
        return f"{scheduler.tokens * _SPREAD % (1 << 8 * size):0{2 * size}x}"


_STAND_INS: tuple[tuple[str, ModuleType, object], ...] = (
    ("time", time, VirtualTime()),
    ("random", random, VirtualDice()),
    ("secrets", secrets, VirtualTokens()),
)


@contextmanager
def virtual() -> Iterator[None]:
    """The product's modules see the present world's clock and dice until the block ends."""
    replaced: list[tuple[ModuleType, str, ModuleType]] = []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _PACKAGES:
            for attribute, real, stand_in in _STAND_INS:
                if getattr(module, attribute, None) is real:
                    setattr(module, attribute, stand_in)
                    replaced.append((module, attribute, real))
    try:
        yield
    finally:
        for module, attribute, real in replaced:
            setattr(module, attribute, real)
