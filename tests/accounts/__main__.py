"""`python -m tests.accounts --seeds N`: two merchant accounts under fire, seed after seed, and what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.accounts.play import Outcome, play


def main() -> int:
    """The exit code is 1 when anything was broken."""
    parser = argparse.ArgumentParser(prog="tests.accounts", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the runs' directories there")
    options = parser.parse_args()
    outcomes = [_played(seed, options.keep) for seed in range(options.first, options.first + options.seeds)]
    states = sum((outcome.states for outcome in outcomes), Counter[str]())
    hits = sum((outcome.hits for outcome in outcomes), Counter[str]())
    print(
        f"{len(outcomes)} seeds, {states.total()} orders, {sum(o.duplicates for o in outcomes)} duplicate charges, "
        f"{sum(o.moved for o in outcomes)} moved unsent, {dict(states)}, {dict(hits)}"
    )
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _played(seed: int, keep: Path | None) -> Outcome:
    if keep is not None:
        outcome = play(seed, keep / str(seed))
    else:
        with tempfile.TemporaryDirectory(prefix="accounts-") as directory:
            outcome = play(seed, Path(directory))
    told = "; ".join(outcome.violations) or "well"
    print(f"seed {seed}: {dict(outcome.states)}, {outcome.moved} moved, {outcome.seconds:.1f} s: {told}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
