"""What the last reconciliation left for metrics: a hash of numbers in Redis, read by whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from producers.runtime.metrics_table import DIFFERENCES

#: The fields beside those of the differences: when it ended, and how many orders could not be asked for.
ENDED_MS, UNREAD = "ended_ms", "unread"
_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class ReconcileStats:
    """`age_s` is how long ago it ended, infinite before the first; `differences` are by kind (`DIFFERENCES`)."""

    age_s: float
    differences: Mapping[str, int]


def reconcile_stats(left: Mapping[bytes, bytes], now_ms: int) -> ReconcileStats:
    """What the hash tells."""
    ended = left.get(ENDED_MS.encode())
    age_s = _NEVER if ended is None else max(0, now_ms - int(ended)) / 1000
    return ReconcileStats(age_s, {what: int(left.get(what.encode(), 0)) for what in DIFFERENCES})
