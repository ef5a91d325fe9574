"""What became of payments, as charts show it: five kinds of ends, each with a colour and a pattern. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workers.analytics.pages.markup import Markup, element
from workers.analytics.sections import Cell

#: The columns that are stacked, from the bottom, with how the legend names them.
KINDS: Final = (
    ("approved", "Approved"),
    ("declined", "Declined by the bank"),
    ("not_charged", "Not charged"),
    ("open", "Open"),
    ("unresolved", "Unknown or parked"),
)

#: What is drawn on each colour, in a square of 8: nothing, slanting lines, dots, upright lines, a lattice.
_MARKS: Final = {
    "approved": "",
    "declined": "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    "not_charged": "M1 2h2M5 6h2",
    "open": "M4 0V8",
    "unresolved": "M0 0L8 8M8 0L0 8",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Payments of a stretch of time, in the order of `KINDS`."""

    name: str
    kinds: tuple[int, ...]

    @property
    def whole(self) -> int:
        """All of them."""
        return sum(self.kinds)

    @property
    def approval(self) -> float | None:
        """Approved by those that a bank decided; None where it decided none."""
        approved, declined = self.kinds[:2]
        return approved / (approved + declined) if approved + declined else None


def add_up(name: str, records: Iterable[dict[str, Cell]]) -> Counts:
    """Counts of all currencies may be added; money may not."""
    kept = list(records)
    return Counts(name, tuple(sum(int(record[key] or 0) for record in kept) for key, _ in KINDS))


def legend(counts: Counts) -> Markup:
    """Every kind that there is, with its pattern and its number."""
    items = (
        element("li", {}, swatch(key), f"{title} ", element("b", {}, f"{number:,}"))
        for (key, title), number in zip(KINDS, counts.kinds, strict=True)
        if number
    )
    return element("ul", {"class": "legend"}, *items)


def swatch(key: str) -> Markup:
    """A small square with the kind's pattern."""
    box = element("rect", {"width": 14, "height": 14, "rx": 2, "fill": f"url(#fill-{key})"})
    return element("svg", {"class": "swatch", "width": 14, "height": 14, "aria-hidden": "true"}, box)


def patterns() -> Markup:
    """The fills, once for all charts: each is told from the others without its colour."""
    made = (
        element(
            "pattern",
            {"id": f"fill-{key}", "width": 8, "height": 8, "patternUnits": "userSpaceOnUse"},
            element("rect", {"width": 8, "height": 8, "class": f"colour-{key}"}),
            element("path", {"d": _MARKS[key], "class": "mark"}),
        )
        for key, _ in KINDS
    )
    return element("svg", {"class": "defs", "width": 0, "height": 0, "aria-hidden": "true"}, element("defs", {}, *made))
