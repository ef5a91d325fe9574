"""How often to read the gateway's list. Pure arithmetic on what the last read showed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Bounds for the pause between the starts of two reads, seconds, and how many rows one page may show anew.

    `busy_s` bounds the pause while anything is being sent or unknown, `idle_s` while nothing is.
    """

    fastest_s: float = 0.01
    busy_s: float = 0.5
    idle_s: float = 5.0
    #: Aim at this share of the send credits being used between two reads: half a page of news.
    aim: float = 0.75


def next_pause_s(pace: Pace, last_pause_s: float, *, used: int, credits: int) -> float:
    """The pause that would have used up `aim` of the credits, approached by at most a factor of four either way."""
    if used >= credits:
        wanted = last_pause_s / 4
    elif used == 0:
        wanted = last_pause_s * 2
    else:
        wanted = last_pause_s * min(4.0, max(0.25, pace.aim * credits / used))
    return min(max(wanted, pace.fastest_s), pace.busy_s)
