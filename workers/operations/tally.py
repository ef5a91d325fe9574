"""How a batch stands: its orders, counted by state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from producers.contract import states


@dataclass(frozen=True, slots=True)
class Tally:
    """Orders of a batch by state. Parked ones are not final, but nothing here ends them either."""

    counts: Mapping[str, int]

    @classmethod
    def read(cls, counters: Mapping[bytes, bytes]) -> Tally:
        """From the ledger's counters of a batch."""
        return cls({name.decode(): int(count) for name, count in counters.items()})

    @property
    def known(self) -> int:
        """Orders counted so far."""
        return sum(self.counts.values())

    @property
    def final(self) -> int:
        """Orders with their one true outcome."""
        return sum(count for state, count in self.counts.items() if state in states.TERMINAL)

    @property
    def parked(self) -> int:
        """Orders that wait for a human."""
        return self.counts.get(states.PARKED, 0)

    @property
    def open(self) -> int:
        """Orders that will still move by themselves."""
        return self.known - self.final - self.parked

    def mix(self) -> str:
        """The outcomes so far in words, and what is still in doubt."""
        shown = [state for state in states.STATES if state in states.TERMINAL | states.VISIBLE]
        shown.sort(key=lambda state: state not in states.TERMINAL)
        return ", ".join(f"{count} {state}" for state in shown if (count := self.counts.get(state, 0)))
