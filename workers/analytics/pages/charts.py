"""Charts as SVG: columns of outcomes, and the line of the approval rate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workers.analytics.pages.frames import Frame, drawing, lines, names, scale
from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.outcomes import KINDS, Counts
from workers.analytics.wording import percent

#: The part of its place that a column fills.
_COLUMN: Final = 0.78
#: Up to so many points the line has dots, so that a lone one is seen.
_DOTS_MAX: Final = 62
#: The approval rate's scale begins at a multiple of this below the lowest, so that a change of a point is seen.
_FOOT_STEP: Final = 0.1
#: Lines of that scale are so far apart, the closest that makes few enough.
_RATE_STEPS: Final = (0.05, 0.1, 0.2)
_RATE_LINES_MAX: Final = 6.5
#: What a sum of tenths may lack of a whole number.
_ROUNDING: Final = 1e-9


def columns(frame: Frame, title: str, counts: Sequence[Counts]) -> Markup:
    """Outcomes one upon the other; each column says its figures when it is pointed at."""
    end, step = scale(max((each.whole for each in counts), default=0) or 1)
    marks = [(number * step / end, _short(number * step)) for number in range(round(end / step) + 1)]
    width = frame.plot_width / max(1, len(counts))
    bars = []
    for number, each in enumerate(counts):
        x = frame.left + number * width + width * (1 - _COLUMN) / 2
        bars.append(element("g", {}, element("title", {}, _told(each)), *_pile(frame, each, x, width * _COLUMN, end)))
    return drawing(frame, title, lines(frame, marks), *bars, names(frame, [each.name for each in counts]))


def approval(frame: Frame, title: str, counts: Sequence[Counts], average: float | None) -> Markup:
    """The rate of each stretch of time, and a broken line for that of the whole."""
    rates = [each.approval for each in counts]
    lowest = min((rate for rate in rates if rate is not None), default=0.0)
    foot = max(0.0, min(0.9, int(lowest / _FOOT_STEP + _ROUNDING) * _FOOT_STEP))
    step = next(step for step in _RATE_STEPS if (1 - foot) / step < _RATE_LINES_MAX)
    steps = int((1 - foot) / step + _ROUNDING)
    marks = [(1 - number * step / (1 - foot), f"{(1 - number * step) * 100:.0f} %") for number in range(steps + 1)]
    points = [
        (frame.middle(number, len(rates)), frame.y((rate - foot) / (1 - foot)), counts[number])
        for number, rate in enumerate(rates)
        if rate is not None
    ]
    path = "".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y, _) in enumerate(points))
    drawn = [element("path", {"d": path, "class": "rate"})] if path else []
    if len(points) <= _DOTS_MAX:
        drawn += [
            element("circle", {"cx": x, "cy": y, "r": 3.5, "class": "dot"}, element("title", {}, _told(each)))
            for x, y, each in points
        ]
    return drawing(
        frame,
        title,
        lines(frame, marks),
        *_average(frame, average, foot),
        *drawn,
        names(frame, [each.name for each in counts]),
    )


def bar(part: float, key: str) -> Markup:
    """A lying bar beside its words, as long as its part of one."""
    shown = {"width": f"{max(0.5, part * 100):.1f}%", "height": 14, "rx": 2, "fill": f"url(#fill-{key})"}
    return element("svg", {"class": "bar", "height": 14, "aria-hidden": "true"}, element("rect", shown))


def _pile(frame: Frame, each: Counts, x: float, width: float, end: float) -> list[Markup]:
    pile, below = [], 0
    for (key, _), number in zip(KINDS, each.kinds, strict=True):
        if number:
            top, foot = frame.y((below + number) / end), frame.y(below / end)
            box = {"x": round(x, 2), "y": top, "width": round(width, 2), "height": round(foot - top, 2)}
            pile.append(element("rect", {**box, "fill": f"url(#fill-{key})"}))
        below += number
    return pile


def _average(frame: Frame, average: float | None, foot: float) -> list[Markup]:
    if average is None:
        return []
    y = frame.y((average - foot) / (1 - foot))
    return [element("line", {"x1": frame.left, "x2": frame.width - frame.right, "y1": y, "y2": y, "class": "average"})]


def _told(each: Counts) -> str:
    parts = [f"{number:,} {title.lower()}" for (_, title), number in zip(KINDS, each.kinds, strict=True) if number]
    rate = "" if each.approval is None else f"; approval rate {percent(each.approval)}"
    return f"{each.name}: {', '.join(parts) or 'no payments'}{rate}"


def _short(number: float) -> str:
    """A value of the scale in few characters: 12k, 2.5M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
