"""Seeds that were red once, each with what it showed. They run as tests for ever.

A seed means what the worlds of its day make of it. So that its story cannot get lost when they change, it names the
mutant that brings the fault back, and is played under that mutant's faults: without it it must be green, with it red.
When worlds have changed so that a seed does no harm any more, another one that tells the same story takes its place
(`play_many(..., variant=mutant.variant, until_red=True)` finds it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Seed:
    """`sentence` says what went wrong; `mutant` is a name of `mutants.MUTANTS`."""

    number: int
    name: str
    mutant: str
    sentence: str


SEEDS: Final = (
    Seed(
        57,
        "the_mirror_ended_alone",
        "leadership_comes_back",
        "The lease lapsed for a moment; the mirror saw it and ended, the resolver did not, and as the duty went on "
        "nobody read the list again: no credits, no proofs, until the process was restarted.",
    ),
    Seed(
        85,
        "a_429_behind_a_burst",
        "patience_overlooks_holes",
        "The gateway charged and answered 429; more payments of others came than a page shows, so the next read did "
        "not show the charge: the 429 was believed, and the order was charged again.",
    ),
    Seed(
        45,
        "a_429_whose_row_was_left_out",
        "patience_takes_one_read",
        "The gateway charged and answered 429; the next read left the row out: the 429 was believed, and the order "
        "was charged again.",
    ),
)
