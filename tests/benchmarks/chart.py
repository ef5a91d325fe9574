"""The chart of a session as SVG: a row per contender, a dot per latency, on axes where equal steps are equal ratios.

Drawn by hand because it is small and must read on a light and on a dark page alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.results import Session
from tests.benchmarks.run import Figures

WIDTH, ROW, TOP, LEFT, PANEL, GAP, FOOT = 984, 34, 64, 262, 320, 42, 26
#: Colours that keep apart for most eyes, on white and on black.
COLOURS = ("#0f9d8f", "#2f7fd6", "#c2662d", "#9a5bc9")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.quiet{fill:#6e7781;font-size:11px}.grid{stroke:#d0d7de}"
    ".ours{font-weight:600}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}"
    ".grid{stroke:#3d444d}}"
)


@dataclass(frozen=True, slots=True)
class _Panel:
    """One axis with its dots."""

    title: str
    left: float
    value: Callable[[Figures], float]
    low: float
    high: float

    def x(self, value: float) -> float:
        """Where a value is."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.left + PANEL * min(1.0, share)


def svg(session: Session) -> str:
    """The picture, whole."""
    runs = session.medians()
    rows = [contender for contender in CONTENDERS if any(run.contender == contender.name for run in runs)]
    latencies = sorted({run.latency_ms for run in runs})
    height = TOP + ROW * len(rows) + FOOT
    panels = (
        _panel("payments per second", LEFT, runs, lambda run: run.per_s),
        _panel("worker CPU per payment, µs", LEFT + PANEL + GAP, runs, lambda run: run.worker_us),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Payments per second and worker CPU per payment, by contender and gateway latency</title>",
        f"<style>{STYLE}</style>",
        *_legend(latencies),
        *(
            f'<text x="0" y="{_y(number) + 4}"{" class=" + chr(34) + "ours" + chr(34) if row.recipe is None else ""}>'
            f"{escape(row.label.removesuffix(' (no queue)'))}</text>"
            for number, row in enumerate(rows)
        ),
    ]
    for panel in panels:
        parts += _axis(panel, height)
        for number, row in enumerate(rows):
            mine = sorted((run for run in runs if run.contender == row.name), key=lambda run: run.latency_ms)
            parts += _dots(panel, _y(number), mine, latencies)
    return "\n".join([*parts, "</svg>", ""])


def _panel(title: str, left: float, runs: Sequence[Figures], value: Callable[[Figures], float]) -> _Panel:
    values = [max(value(run), 1.0) for run in runs]
    low = 10 ** math.floor(math.log10(min(values)))
    return _Panel(title, left, value, low, 10 ** math.ceil(math.log10(max(values) * 1.001)))


def _y(row: int) -> int:
    return TOP + ROW * row + ROW // 2


def _legend(latencies: Sequence[float]) -> Iterator[str]:
    yield '<text x="0" y="16" class="quiet">gateway answers after</text>'
    for number, (latency_ms, colour) in enumerate(zip(latencies, COLOURS, strict=False)):
        x = 150 + 78 * number
        yield f'<circle cx="{x}" cy="12" r="5" fill="{colour}"/><text x="{x + 10}" y="16">{latency_ms:g} ms</text>'


def _axis(panel: _Panel, height: int) -> Iterator[str]:
    yield f'<text x="{panel.left}" y="{TOP - 24}">{panel.title}</text>'
    step = panel.low
    while step <= panel.high * 1.001:
        x = panel.x(step)
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - FOOT + 4}"/>'
        yield f'<text class="quiet" x="{x:.1f}" y="{height - 8}" text-anchor="middle">{step:,.0f}</text>'
        step *= 10


def _dots(panel: _Panel, y: int, runs: Sequence[Figures], latencies: Sequence[float]) -> Iterator[str]:
    if not runs:
        return
    places = [panel.x(panel.value(run)) for run in runs]
    yield f'<line class="grid" x1="{min(places):.1f}" y1="{y}" x2="{max(places):.1f}" y2="{y}" stroke-width="2"/>'
    for run, x in zip(runs, places, strict=True):
        colour = COLOURS[latencies.index(run.latency_ms) % len(COLOURS)]
        tip = f"{panel.value(run):,.0f} at {run.latency_ms:g} ms"
        yield f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{colour}"><title>{tip}</title></circle>'
