"""From a failing run to the fewest faults that still make it fail: none of them can be left out any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.campaign.fault import Fault


def shrink(faults: Sequence[Fault], fails: Callable[[Sequence[Fault]], bool]) -> tuple[Fault, ...]:
    """Leave out one after the other for as long as the run still fails; first of all, everything.

    Timing differs from run to run, so a run that fails only sometimes may keep more faults than it needs; it never
    keeps fewer: what is returned has failed.
    """
    if faults and fails(()):
        return ()
    kept = list(faults)
    tried = 0
    while tried < len(kept) and len(kept) > 1:
        fewer = [*kept[:tried], *kept[tried + 1 :]]
        if fails(fewer):
            kept = fewer
        else:
            tried += 1
    return tuple(kept)
