"""How it goes while the demo stays: one line that is drawn anew on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from producers.contract import states
from workers.cli.batches.ticker import Pace
from workers.cli.shell.drawing import Drawing
from workers.cli.shell.output import Screen
from workers.operations.story import duration
from workers.operations.tally import Tally

#: Seconds between two lines where there is no terminal.
LINE_EVERY_S: Final = 60.0
_SHOWN: Final = states.TERMINAL | states.VISIBLE


class Pulse(Drawing):
    """Shows counts as they come."""

    def __init__(self, screen: Screen, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(screen, screen.pulse(), "demo", None, clock)
        self._began = self._told_at
        self._pace = Pace(0)

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
