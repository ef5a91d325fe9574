"""A recording of half a minute as the hours that rules look at. Nothing is stretched: what was seen is seen again.

* Before: the healthy seconds again and again.
* Then the recorded seconds of the fault, as they were.
* Then its last seconds again and again. A counter goes on by what it grew in them each time. An age that only rose in
  them goes on rising, a second a second; every other number is as it was.
* What waits for H there waits for the H of production: an unknown order's age reached the recorded system's H, and no
  more, so it gets the difference of the two; the money of such orders grows as their age does.

Scraped every 15 s, as in production, so a number that came and went within a second may be missed, as there.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from producers.runtime.metrics_table import METRICS
from tests.alerts.recording import Host, Recording

#: Seconds of each phase: above the longest time that a rule looks back, and above that and the longest that one waits.
BEFORE_S, AFTER_S = 65 * 60, 75 * 60
STEP_S: Final = 15
#: Seconds that are repeated, before and during the fault, and how many scrapes they hold at the least.
WINDOW_S, SCRAPES_MIN = 8.0, 3
#: ABSENCE_HORIZON_S as it is by default, and which share of its H an age has when it waited for H.
HORIZON_S, WAITED = 1200.0, 0.9
UNKNOWN_AGE: Final = 'cardinity_oldest_age_seconds{kind="unknown"}'
UNKNOWN_MONEY: Final = re.compile(r'cardinity_money_minor\{.*state="unknown".*\}')
#: What an age grows by in a second in which it grows, give or take the moment of the scrape.
RISING: Final = 0.8
_COUNTERS: Final = frozenset(row.name for row in METRICS if row.kind == "counter")
_AGES: Final = frozenset(row.name for row in METRICS if row.kind == "gauge" and row.name.endswith("_seconds"))


@dataclass(frozen=True, slots=True)
class _Window:
    """Scrapes from `first` to `last`, by index, that are played again and again."""

    first: int
    last: int
    starts_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is played at a step: a scrape, None before the first; how many windows later it is than it was; and how many
    seconds after the last scrape.
    """

    scrape: int | None
    windows: int = 0
    past_s: float = 0.0


def stretched(recording: Recording) -> Iterator[tuple[str, str]]:
    """Every series of it, and its values in promtool's notation, a step after the other."""
    for name, host in recording.hosts.items():
        player = _Player(recording, host)
        for series, values in host.series.items():
            labels = f'instance="{name}",job="cardinity"'
            bare, _, inside = series.rstrip("}").partition("{")
            named = f"{bare}{{{labels}{',' if inside else ''}{inside}}}"
            yield named, " ".join(_words(player.play(series, values)))


class _Player:
    """One host over all of the time."""

    def __init__(self, recording: Recording, host: Host) -> None:
        self._at_s = host.at_s
        self._well = _window([n for n, at in enumerate(host.at_s) if at < recording.begins_s], host.at_s)
        ill = _window([n for n, at in enumerate(host.at_s) if at >= recording.begins_s], host.at_s)
        assert ill, f"{recording.fault}: too few scrapes while it lasted"
        self._ill = ill
        steps = (recording.begins_s - BEFORE_S + step * STEP_S for step in range((BEFORE_S + AFTER_S) // STEP_S))
        self._moments = [self._moment(moment_s) for moment_s in steps]
        self._more_s, self._times = self._beyond_horizon(host, recording.horizon_s)

    def play(self, series: str, values: Sequence[float | None]) -> list[float | None]:
        """The values of that series at every step."""
        name = series.partition("{")[0]
        if name in _COUNTERS:
            return self._counter(_monotone(values))
        if name in _AGES and self._rises(values):
            return [self._rising(moment, values) for moment in self._moments]
        more = self._more_s if series == UNKNOWN_AGE else 0.0
        times = self._times if UNKNOWN_MONEY.fullmatch(series) else 1.0
        return [self._gauge(moment, values, more, times) for moment in self._moments]

    def _moment(self, moment_s: float) -> _Moment:
        past_s = moment_s - self._at_s[self._ill.last]
        if past_s >= 0:
            windows = math.floor(past_s / self._ill.length_s) + 1
            return _Moment(self._scrape(moment_s - windows * self._ill.length_s), windows, past_s)
        if self._well and moment_s < self._well.starts_s:
            windows = math.ceil((self._well.starts_s - moment_s) / self._well.length_s)
            return _Moment(self._scrape(moment_s + windows * self._well.length_s), -windows)
        return _Moment(self._scrape(moment_s))

    def _scrape(self, moment_s: float) -> int | None:
        return bisect_right(self._at_s, moment_s) - 1 if moment_s >= self._at_s[0] else None

    def _counter(self, values: Sequence[float | None]) -> list[float | None]:
        grown = {sign: self._grown(values, window) for sign, window in ((-1, self._well), (1, self._ill))}
        before = max((-moment.windows for moment in self._moments), default=0) * grown[-1]
        played: list[float | None] = []
        for moment in self._moments:
            value = None if moment.scrape is None else values[moment.scrape]
            more = moment.windows * grown[1 if moment.windows > 0 else -1]
            played.append(None if value is None else before + value + more)
        return played

    def _grown(self, values: Sequence[float | None], window: _Window | None) -> float:
        told = [value for value in values[window.first : window.last + 1] if value is not None] if window else []
        return told[-1] - told[0] if told else 0.0

    def _rises(self, values: Sequence[float | None]) -> bool:
        told = values[self._ill.first : self._ill.last + 1]
        numbers = [value for value in told if value is not None and math.isfinite(value)]
        return (
            len(numbers) == len(told)
            and numbers == sorted(numbers)
            and numbers[-1] - numbers[0] >= RISING * self._ill.length_s
        )

    def _rising(self, moment: _Moment, values: Sequence[float | None]) -> float | None:
        if moment.windows <= 0:
            return None if moment.scrape is None else values[moment.scrape]
        return (values[self._ill.last] or 0.0) + moment.past_s

    def _gauge(self, moment: _Moment, values: Sequence[float | None], more: float, times: float) -> float | None:
        value = None if moment.scrape is None else values[moment.scrape]
        return value if value is None or moment.windows <= 0 else value * times + (more if value else 0.0)

    def _beyond_horizon(self, host: Host, horizon_s: float) -> tuple[float, float]:
        """Seconds that unknown orders wait longer in production, and how many times as much is unknown then."""
        ages = host.series.get(UNKNOWN_AGE, ())
        oldest_s = max((age or 0.0 for age in ages[self._ill.first : self._ill.last + 1]), default=0.0)
        if oldest_s < WAITED * horizon_s or self._rises(ages):
            return 0.0, 1.0
        more_s = HORIZON_S - horizon_s
        return more_s, (oldest_s + more_s) / oldest_s


def _window(scrapes: Sequence[int], at_s: Sequence[float]) -> _Window | None:
    """The last seconds of these."""
    if len(scrapes) < SCRAPES_MIN:
        return None
    last = scrapes[-1]
    first = min(next(n for n in scrapes if at_s[n] >= at_s[last] - WINDOW_S), scrapes[-SCRAPES_MIN])
    return _Window(first, last, at_s[first], at_s[last] - at_s[first])


def _monotone(values: Sequence[float | None]) -> list[float | None]:
    """A counter that begins anew, as one that goes on."""
    sums: list[float | None] = []
    total, before = 0.0, 0.0
    for value in values:
        if value is not None:
            total += value - before if value >= before else value
            before = value
        sums.append(None if value is None else total)
    return sums


def _words(values: Sequence[float | None]) -> Iterator[str]:
    """A series that ends is said to have ended, or it would count for five more minutes."""
    there = False
    for value in values:
        yield "stale" if value is None and there else "_" if value is None else _number(value)
        there = value is not None


def _number(value: float) -> str:
    return "Inf" if value == math.inf else f"{value:.2f}".rstrip("0").rstrip(".")
