"""Rounds in chapters, each with a server and a ledger of its own, so that no round pays for the many before it."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.redis_faults.audit import contradictions
from tests.redis_faults.campaign import Progress, Tally

#: Rounds of one chapter.
CHAPTER = 25


@dataclass(frozen=True, slots=True)
class Ground:
    """What a chapter offers: a round to be played, by its name and its dice, and where the ledger is afterwards."""

    play: Callable[[str, random.Random], Awaitable[Tally]]
    ledger_url: Callable[[], str]


Chapter = Callable[[Path], AbstractAsyncContextManager[Ground]]


def in_chapters(rounds: int, directory: Path, progress: Progress, chapter: Chapter, *, length: int = CHAPTER) -> Tally:
    """Play so many rounds; what happens when follows from the number of the round."""
    total = Tally()
    for first in range(0, rounds, length):
        numbers = range(first, min(rounds, first + length))
        (directory / str(first)).mkdir(parents=True)
        asyncio.run(_played(numbers, directory / str(first), progress, chapter, total))
        shutil.rmtree(directory / str(first))
    return total


async def _played(numbers: range, directory: Path, progress: Progress, chapter: Chapter, total: Tally) -> None:
    async with chapter(directory) as ground:
        for number in numbers:
            total.add(await ground.play(f"R{number}", random.Random(number)))
            progress(total)
        total.findings.update(contradictions(ground.ledger_url()))
