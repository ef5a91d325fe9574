"""How it goes while the demo stays: one line that is drawn anew on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from producers.contract import states
from workers.cli.batches.ticker import Pace
from workers.cli.shell.output import Screen
from workers.operations.story import duration
from workers.operations.tally import Tally

#: Seconds between two lines where there is no terminal.
LINE_EVERY_S: Final = 60.0
_SHOWN: Final = states.TERMINAL | states.VISIBLE


class Pulse:
    """A context manager; `clock` answers seconds."""

    def __init__(self, screen: Screen, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._began = self._told_at = clock()
        self._progress = screen.pulse()
        self._task = self._progress.add_task("demo", total=None, note="")
        self._pace = Pace(0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, counts: Mapping[str, int]) -> None:
        """How many orders are in which state now."""
        tally, now = Tally(counts), self._clock()
        self._pace.add(now, tally.final + tally.parked)
        # What is in doubt comes first: a narrow terminal cuts off the rest.
        shown = sorted((state for state in states.STATES if state in _SHOWN), key=states.TERMINAL.__contains__)
        mix = ", ".join(f"{counts[state]} {state}" for state in shown if counts.get(state))
        note = f"{tally.known:,} orders, {self._pace.per_s:.1f}/s: {mix}"
        if not self._progress.disable:
            self._progress.update(self._task, note=note)
        elif now - self._told_at >= LINE_EVERY_S:
            self._told_at = now
            self._screen.say(f"demo: {duration(int((now - self._began) * 1000))}, {note}")

    def say(self, text: str) -> None:
        """A line above it."""
        if self._progress.disable:
            self._screen.say(text)
        else:
            console: Any = self._progress.console
            console.print(text, markup=False, highlight=False)
