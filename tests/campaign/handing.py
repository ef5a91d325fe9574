"""An outcome as a file: from the process of a run to the one that counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from tests.campaign.judge import Tally
from tests.campaign.run import Outcome
from tests.campaign.search import Search


def hand_on(outcome: Outcome, path: Path) -> None:
    """Leave it there."""
    path.write_bytes(msgspec.json.encode(outcome))


def taken(path: Path) -> Outcome:
    """Take what `hand_on` left."""
    told = msgspec.json.decode(path.read_bytes())
    counters = {name: Counter(told[name]) for name in ("states", "follow_ups", "forms", "hits")}
    search = Search(Counter(told["search"]["searched"]), told["search"]["finds"])
    return Outcome(
        **{**told, **counters, "faults": tuple(told["faults"]), "tally": Tally(**told["tally"]), "search": search}
    )
