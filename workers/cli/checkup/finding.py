"""A finding, and the one that several checks share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

#: `note`: worth knowing, nothing to mend. `unreachable`: no answer, so nothing can be said.
Verdict = Literal["ok", "note", "wrong", "unreachable"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` is what to do about it."""

    check: str
    verdict: Verdict
    message: str
    mend: str = ""


def ahead_s(told_s: float, asked_s: float) -> float:
    """How far a clock that told `told_s` is ahead of this host's for certain: it was asked at `asked_s`, and may have
    told its time at any moment since. Seconds since 1970.
    """
    return told_s - min(max(told_s, asked_s), time.time())


def clock(check: str, skew_s: float, allowed_s: float) -> Finding:
    """How far a clock is ahead of this host's."""
    message = f"{abs(skew_s):.1f} s {'ahead of' if skew_s > 0 else 'behind'} this host"
    if abs(skew_s) <= allowed_s:
        return Finding(check, "ok", message)
    return Finding(check, "wrong", f"{message}; at most {allowed_s:g} s are allowed", "synchronise the clocks (NTP)")
