"""A run in a directory of its own, which is gone afterwards unless somebody wants to look into it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.campaign.fault import Fault
from tests.campaign.run import Outcome, run
from tests.chaos.remains import descendants


def play(seed: int, payments: int, faults: Sequence[Fault], *, keep: str | None = None) -> Outcome:
    """Run it in a fresh directory; when it returns or is given up, nothing that this process started still runs."""
    directory = Path(keep) if keep else Path(tempfile.mkdtemp(prefix="campaign-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return run(seed, payments, faults, directory)
    finally:
        for pid in descendants(os.getpid()):  # a run that is given up may just have been starting somebody
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
