"""A run in a directory of its own, which is gone afterwards unless somebody wants to look into it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.campaign.fault import Fault
from tests.campaign.run import Outcome, run


def play(seed: int, payments: int, faults: Sequence[Fault], *, keep: str | None = None) -> Outcome:
    """Run it in a fresh directory."""
    directory = Path(keep) if keep else Path(tempfile.mkdtemp(prefix="campaign-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return run(seed, payments, faults, directory)
    finally:
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
