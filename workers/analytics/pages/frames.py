"""The frame of a chart: how big it is, its scale, its lines and the names along its foot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workers.analytics.pages.markup import Markup, element

#: Steps of a scale by which people count.
_STEPS: Final = (1, 2, 2.5, 5, 10)
#: Lines of a scale, at the most, above its foot.
_LINES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """In units that come to about a pixel each. `columns_max` is how many columns can be told apart."""

    name: str
    width: int
    height: int
    left: int
    columns_max: int
    #: The room that the name of a column needs.
    name_width: int
    top: int = 14
    bottom: int = 26
    right: int = 8

    @property
    def plot_width(self) -> int:
        """Between the scale and the right edge."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """Between the top and the names."""
        return self.height - self.top - self.bottom

    def y(self, part: float) -> float:
        """Where a value lies that is this part of the scale."""
        return round(self.top + self.plot_height * (1 - part), 2)

    def middle(self, number: int, columns: int) -> float:
        """The middle of a column."""
        return round(self.left + self.plot_width * (number + 0.5) / columns, 2)


#: Every chart is drawn for a screen and for a phone; the style sheet shows one of them.
WIDE: Final = Frame("wide", 960, 260, 56, 62, 64)
NARROW: Final = Frame("narrow", 360, 220, 52, 31, 52)


def scale(highest: float) -> tuple[float, float]:
    """The end of a scale from zero that holds the value, and the step of its lines; whole numbers both."""
    power = 1.0
    while True:
        for step in _STEPS:
            if highest <= step * power * _LINES_MAX and (step * power).is_integer():
                lines = max(1, -(-highest // (step * power)))
                return lines * step * power, step * power
        power *= 10


def lines(frame: Frame, marks: Sequence[tuple[float, str]]) -> Markup:
    """Lines across with their values, given as part of the scale."""
    made = []
    for part, name in marks:
        y = frame.y(part)
        line = {"x1": frame.left, "x2": frame.width - frame.right, "y1": y, "y2": y, "class": "line"}
        made += [element("line", line), element("text", {"x": frame.left - 6, "y": y + 4, "class": "end"}, name)]
    return element("g", {}, *made)


def names(frame: Frame, given: Sequence[str]) -> Markup:
    """As many names of columns as there is room for."""
    every = max(1, -(-len(given) * frame.name_width // frame.plot_width))
    made = []
    for number, name in enumerate(given):
        x = frame.middle(number, len(given))
        if number % every == 0 and x + frame.name_width / 2 <= frame.width:  # the last one may have no room
            made.append(element("text", {"x": x, "y": frame.height - 8, "class": "middle"}, name))
    return element("g", {}, *made)


def drawing(frame: Frame, title: str, *children: str) -> Markup:
    """The chart; its title is read out."""
    attributes = {"viewBox": f"0 0 {frame.width} {frame.height}", "role": "img", "class": f"chart {frame.name}"}
    return element("svg", {**attributes, "aria-label": title}, *children)
