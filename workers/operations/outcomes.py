"""How many orders end per minute, and how: counted from the newest events, so whoever looks needs no memory. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from producers.contract.states import TERMINAL
from producers.runtime.ledger import keys

#: The time that is looked at, and the events in it that are counted at the most: more are reckoned up from these.
WINDOW_MS: Final = 60_000
EVENTS_MAX: Final = 2000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Ends per minute, by state; all that were met in the last minute, or a rate where there were too many to count."""

    per_minute: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.per_minute.values())

    @property
    def told(self) -> str:
        """In words, the most frequent first."""
        most = sorted(self.per_minute.items(), key=lambda item: -item[1])
        return ", ".join(f"{count} {state}" for state, count in most) or "none"


def question(now_ms: int) -> tuple[Any, ...]:
    """The command whose reply `outcomes_of` reads."""
    return ("XREVRANGE", keys.EVENTS, "+", now_ms - WINDOW_MS, "COUNT", EVENTS_MAX)


def outcomes_of(entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]], now_ms: int) -> Outcomes:
    """The outcomes of the last minute, from the entries of the event stream, newest first."""
    return Outcomes(ended(entries, now_ms, EVENTS_MAX, WINDOW_MS))


def ended(
    entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]], until_ms: int, most: int, window_ms: int
) -> dict[str, int]:
    """Ends by state in the window before a time. Where there are as many entries as were asked for at the most, they
    are of its last part only, and the rest is taken to be like it."""
    ends = Counter(state for _, fields in entries if (state := _end_in(fields)))
    if len(entries) < most:
        return dict(ends)
    span_ms = max(1, until_ms - int(entries[-1][0].partition(b"-")[0]))
    return {state: round(count * window_ms / span_ms) for state, count in ends.items()}


def _end_in(fields: Mapping[bytes, bytes]) -> str:
    """The state that the event tells of, if an order ended in it: its id is `attempt_ref:state`."""
    state = fields.get(b"id", b"").decode(errors="replace").rpartition(":")[2]
    return state if state in TERMINAL else ""
