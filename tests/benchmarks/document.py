"""Writes what was measured last into docs/performance.md, between `<!-- bench: name -->` and `<!-- /bench -->`.

A part that was not measured here keeps what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks import chart, tables
from tests.benchmarks.results import FILE, Session
from tests.benchmarks.standin.process import BUILD
from tests.benchmarks.targets import targets
from tests.stack import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = DOCUMENT.with_suffix(".svg")
MARKED = re.compile(r"(<!-- bench: ([a-z-]+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)
#: Commands besides the comparison; each leaves its table as a file.
PARTS = ("growth", "latency", "enqueue", "profile")


def part(name: str) -> Path:
    """Where a command leaves its table."""
    return BUILD / f"{name}.md"


def write() -> None:
    """Fill in everything that was measured on this machine, and draw the chart."""
    parts = {name: part(name).read_text("utf-8") for name in PARTS if part(name).exists()}
    if FILE.exists():
        session = Session.load()
        parts |= compared(session)
        PICTURE.write_text(chart.svg(session), "utf-8")
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(MARKED.sub(lambda found: f"{found[1]}{parts.get(found[2], found[3])}{found[4]}", text), "utf-8")


def compared(session: Session) -> Mapping[str, str]:
    """The parts that a comparison fills, by name."""
    return {
        "machine": tables.machine_line(session),
        "payments": tables.per_second(session),
        "cpu": tables.cpu(session),
        "in-full": tables.in_full(session),
        "targets": targets(session),
    }
