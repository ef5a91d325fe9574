"""How a batch stands, counted by state, shown while it runs: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from producers.contract import states
from workers.cli.output import Screen

#: Seconds between two lines where there is no terminal.
LINE_EVERY_S = 1.0


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


class Ticker:
    """Shows tallies as they come. A context manager; `clock` answers seconds."""

    def __init__(self, screen: Screen, title: str, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._title = title
        self._total = total
        self._clock = clock
        self._progress = screen.progress()
        self._task = self._progress.add_task(title, total=total, note="")
        self._began = clock()
        self._told_at = self._began
        self._last = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, tally: Tally, remark: str = "") -> None:
        """How it stands now."""
        done = tally.final + tally.parked
        note = "; ".join(filter(None, (tally.mix(), remark)))
        if not self._progress.disable:
            self._progress.update(self._task, completed=done, note=note)
            return
        now = self._clock()
        line = "; ".join(filter(None, (f"{self._title}: {done}/{self._total} done", note, self._pace(done, now))))
        if now - self._told_at >= LINE_EVERY_S and line != self._last:
            self._told_at, self._last = now, line
            self._screen.say(line)

    def say(self, text: str) -> None:
        """A line beside the bar."""
        if self._progress.disable:
            self._screen.say(text)
        else:
            console: Any = self._progress.console
            console.print(text, markup=False, highlight=False)

    def _pace(self, done: int, now: float) -> str:
        rate = done / max(now - self._began, 1e-3)
        if not done or done == self._total:
            return ""
        return f"{rate:.0f}/s, {(self._total - done) / rate:.0f} s to go"
