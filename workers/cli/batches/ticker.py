"""How a batch stands, counted by state, shown while it runs: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from workers.cli.shell.drawing import Drawing
from workers.cli.shell.output import Screen
from workers.operations.tally import Tally

#: Seconds between two lines where there is no terminal.
LINE_EVERY_S = 1.0
#: Seconds over which the pace is taken: long enough for the gateway's jitter, short enough to follow a change.
PACE_OVER_S = 30.0


class Ticker(Drawing):
    """Shows tallies as they come.

    Without a terminal there is a line a second: on stderr, or where the screen speaks JSON and `told` says of what, a
    record on stdout with the fields of `told`.
    """

    def __init__(
        self,
        screen: Screen,
        title: str,
        total: int,
        *,
        told: Mapping[str, object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(screen, screen.progress(), title, total, clock)
        self._title = title
        self._total = total
        self._told = told if screen.as_json else None
        self._last = ""
        self._pace = Pace(total)

    def show(self, tally: Tally, remark: str = "") -> None:
        """How it stands now."""
        done, now = tally.final + tally.parked, self._clock()
        self._pace.add(now, done)
        note = "; ".join(filter(None, (tally.mix(), remark, self._pace.words())))
        if not self._progress.disable:
            self._progress.update(self._task, completed=done, note=note)
        if now - self._told_at < LINE_EVERY_S:
            return
        line = "; ".join(filter(None, (f"{self._title}: {done}/{self._total} done", note)))
        if self._told is not None:
            self._told_at = now
            counts = {"rows": self._total, "done": done, "open": tally.open, **tally.counts}
            self._screen.record({**self._told, "halt": remark or None, **counts, **self._pace.as_fields()})
        elif self._progress.disable and line != self._last:
            self._told_at, self._last = now, line
            self._screen.say(line)


class Pace:
    """How fast orders are done of late, and when all will be. What was done before the first look is nobody's pace."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> None:
        """At this moment so many were done."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= PACE_OVER_S:
            self._seen.popleft()

    @property
    def per_s(self) -> float:
        """Orders done per second."""
        (began, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - began) if now > began else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until all are done; None when nothing moves."""
        rate = self.per_s
        return (self._total - self._seen[-1][1]) / rate if rate > 0 else None

    def words(self) -> str:
        """For people; nothing where there is nothing to go."""
        left_s = self.left_s
        if not left_s:
            return ""
        pace = f"{self.per_s:.0f}/s" if self.per_s >= 1 else f"{self.per_s * 60:.0f}/min"
        return f"{pace}, {max(1, round(left_s))} s to go"

    def as_fields(self) -> dict[str, float | None]:
        """For programs."""
        left_s = self.left_s
        return {"per_s": round(self.per_s, 1), "left_s": None if left_s is None else round(left_s, 1)}
