"""Seeds that were red once, each with what it showed. They run as tests for ever.

A seed means what the worlds of its day made of it: when those change, the story of a number changes too, and what
stays is that it must not be red. So each finding that was a fault of the product has a test or a mutant of its own
beside its seed, named in its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Seed:
    """`sentence` says what went wrong."""

    number: int
    name: str
    sentence: str


SEEDS: Final = (
    Seed(
        1146,
        "the_mirror_ended_alone",
        "The lease lapsed for a moment, the mirror saw it and the resolver did not: nobody read the list again "
        "(mutant leadership_comes_back).",
    ),
    Seed(
        12490,
        "the_spool_stood_still",
        "An outcome was spooled while the same process replayed the spool: the loop waited for its own lock until the "
        "watchdog ended it.",
    ),
    Seed(
        2016,
        "a_429_behind_a_burst",
        "The gateway had charged behind a 429, and foreign payments pushed the row out of the one read it was checked "
        "with.",
    ),
)
