"""`python -m tests.simulation --seeds 100000`: worlds from seeds, and what must hold in every one of them.

Prints how fast it went, how often each situation was met, and for a red seed the story of it, step by step, with the
line that makes it a test. `--seed N` tells the story of one seed, red or not. Exit 1 when a seed was red.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.simulation.campaign import Tally, campaign, traced
from tests.simulation.faults import FAULTS

#: Lines of a red seed's story; the end of it is what tells most.
STORY_MAX = 120


def main() -> int:
    """Play, and report."""
    options = _options()
    if options.seed is not None:
        return _tell(options.seed)
    began = time.monotonic()
    whole = campaign(options.first, options.seeds, options.jobs, progress=_progress if options.progress else _quiet)
    took_s = time.monotonic() - began
    _report(whole, took_s, options.jobs)
    for result in whole.red[:1]:
        _tell(result.seed)
    return 1 if whole.reds else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100_000, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, help="tell the story of this one")
    parser.add_argument("--progress", action="store_true", help="a line per thousand seeds on stderr")
    return parser.parse_args()


def _report(whole: Tally, took_s: float, jobs: int) -> None:
    say = sys.stdout.write
    for name, count in sorted(whole.hits.items()):
        say(f"{count:>12,}  {name}\n")
    say(f"never met: {', '.join(name for name in FAULTS if not _met(whole, name)) or 'nothing'}\n")
    say(
        f"simulation: {whole.seeds:,} seeds in {took_s:.1f} s with {jobs} jobs, {whole.seeds / took_s:,.0f} seeds/s, "
        f"{whole.seeds / whole.cpu_s:,.0f} per second of CPU, {whole.steps / whole.seeds:,.0f} steps each, "
        f"{whole.reds} red\n"
    )
    for result in whole.red:
        say(f"red: {result.seed}: {'; '.join(result.violations)}\n")


def _met(whole: Tally, name: str) -> bool:
    return any(situation == name or situation.startswith(f"{name}:") for situation in whole.hits)


def _tell(seed: int) -> int:
    result = traced(seed)
    sys.stdout.write("\n".join((f"seed {seed}:", *result.trace[-STORY_MAX:], "")))
    if result.violations:
        sys.stdout.write(
            f"{'; '.join(result.violations)}\nto keep it, in tests/simulation/seeds.py:\n"
            f'    Seed({seed}, "what_it_shows", "the_mutant_that_brings_it_back", "What went wrong."),\n'
        )
    return 1 if result.violations else 0


def _progress(whole: Tally) -> None:
    sys.stderr.write(f"{whole.seeds:,} seeds, {whole.reds} red\n")


def _quiet(_: Tally) -> None:
    """Nobody wants to know."""


if __name__ == "__main__":
    sys.exit(main())
