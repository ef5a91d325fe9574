"""What the numbers of a system said over time while a fault lasted: as a value, and as a small file.

A file keeps only what the rules ask for, and of that no series that was zero throughout: promtool takes what is not
there for nothing to be alarmed about, as it does a zero. The values of a series are one text: `0*12 || 1 ||
2.5*3 || -` is twelve zeros, a one, two and a half three times, and a scrape without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from tests.house.watching.alerts import alerts, recording
from tests.house.watching.promql import selectors

FOLDER: Final = Path(__file__).parent / "recorded"
#: Between the numbers of a text: anything shorter would make card numbers of them, to those who look for these.
BETWEEN: Final = " || "
#: Told in every file: whether a scrape of the host succeeded.
UP: Final = "up"
#: Asked for by its absence, so that a zero of it is kept.
READABLE: Final = "cardinity_ledger_readable"
_SAMPLE: Final = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")
_ASKED: Final = frozenset(
    asked.name
    for expr in (*(alert.expr for alert in alerts()), *(expr for _, expr in recording()))
    for asked in selectors(expr)
)


@dataclass(frozen=True, slots=True)
class Host:
    """One target: when it was scraped, in seconds since the recording began, and each series' value, None for none."""

    at_s: Sequence[float]
    series: Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Recording:
    """`begins_s` is when the fault began, `horizon_s` how long an unknown order of that system waits for proof."""

    fault: str
    orders_per_s: float
    begins_s: float
    horizon_s: float
    hosts: Mapping[str, Host]

    def write(self, path: Path) -> None:
        """Leave it there."""
        hosts = {
            name: {
                "at_s": BETWEEN.join(f"{at:.1f}" for at in host.at_s),
                "series": {series: _packed(values) for series, values in sorted(host.series.items())},
            }
            for name, host in sorted(self.hosts.items())
        }
        told = {name: getattr(self, name) for name in ("fault", "orders_per_s", "begins_s", "horizon_s")}
        path.write_text(json.dumps({**told, "hosts": hosts}, indent=1) + "\n")


def read(path: Path) -> Recording:
    """Take what `write` left."""
    told = json.loads(path.read_text())
    hosts = {
        name: Host(
            [float(at) for at in host["at_s"].split(BETWEEN)],
            {series: list(_unpacked(text)) for series, text in host["series"].items()},
        )
        for name, host in told.pop("hosts").items()
    }
    return Recording(**told, hosts=hosts)


def samples(page: str) -> Iterator[tuple[str, float]]:
    """What the rules ask for of an exposition: series and value."""
    for line in page.splitlines():
        found = _SAMPLE.fullmatch(line)
        if found and found[1] in _ASKED:
            yield f"{found[1]}{{{found[2] or ''}}}", float(found[3])


def host_of(scrapes: Sequence[tuple[float, Mapping[str, float] | None]]) -> Host:
    """A host by its scrapes: moments, and what each told; None where there was no answer."""
    told = sorted({series for _, page in scrapes for series in page or ()})
    rows: dict[str, list[float | None]] = {
        series: [None if page is None else page.get(series) for _, page in scrapes] for series in told
    }
    kept = {series: values for series, values in rows.items() if any(values) or series.startswith(READABLE)}
    return Host([at for at, _ in scrapes], {**kept, UP: [float(page is not None) for _, page in scrapes]})


def _packed(values: Sequence[float | None]) -> str:
    runs = [(value, len(list(run))) for value, run in groupby(values)]
    return BETWEEN.join(f"{_word(value)}*{many}" if many > 1 else _word(value) for value, many in runs)


def _word(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2):g}" if abs(value) < 1000 else f"{value:.0f}"


def _unpacked(text: str) -> Iterator[float | None]:
    for word in text.split(BETWEEN):
        value, _, many = word.partition("*")
        yield from [None if value == "-" else float(value)] * int(many or 1)
