"""`python -m tests.rules`: plays every mutant and prints what caught it; exit 1 when one came through, or the product
did harm.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from producers.runtime.embedded import EmbeddedValkey
from tests.rules.changing import Change, changed
from tests.rules.mutants import Ground, Harm, Scenario
from tests.rules.table import MUTANTS, SCENARIOS

_NUMBERS = count()


def main() -> int:
    """Play all, in the order of the rules."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedValkey(Path(directory, "valkey")) as valkey:
        ground = Ground(Path(directory), valkey)
        unsound = [scenario.__name__ for scenario in SCENARIOS if _play(ground, scenario)]
        print(f"{len(SCENARIOS)} scenarios with the product as it is: {', '.join(unsound) or 'no harm'}\n")
        escaped = 0
        width = max(len(mutant.name) for mutant in MUTANTS)
        for mutant in MUTANTS:
            harms = _play(ground, mutant.scenario, mutant.changes)
            escaped += harms != {mutant.harm}
            seen = ", ".join(harm.name for harm in harms) or "NOTHING"
            print(f"{mutant.rule:4}{mutant.name:{width}}  {seen:9} {mutant.scenario.__name__}\n    {mutant.sentence}")
        print(f"\n{len(MUTANTS)} mutants, {escaped} not caught")
        return 1 if escaped or unsound else 0


def _play(ground: Ground, scenario: Scenario, changes: Sequence[Change] = ()) -> frozenset[Harm]:
    directory = ground.directory / str(next(_NUMBERS))
    directory.mkdir()
    with changed(changes):
        return asyncio.run(scenario(Ground(directory, ground.valkey)))


if __name__ == "__main__":
    sys.exit(main())
