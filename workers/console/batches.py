"""Batches with their progress, as a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workers.cli.outcomes import Tally
from workers.console.layout import Reader, note, page, table


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch at one moment: its rows, its orders by state, and what stops it (empty: nothing)."""

    name: str
    rows: int
    tally: Tally
    halt: str


def batches(reader: Reader, found: Sequence[Progress]) -> str:
    """The page."""
    rows = [_row(each) for each in found]
    shown = table(("Batch", "Done", "Open", "Parked", "Outcomes", "State"), rows) if rows else note("None.")
    return page("Batches", reader, note("Those of which an order was accepted in the last week."), shown)


def _row(each: Progress) -> Sequence[str]:
    tally = each.tally
    done = f"{tally.final:,} of {each.rows:,} ({100 * tally.final // each.rows if each.rows else 100} %)"
    return each.name, done, f"{tally.open:,}", f"{tally.parked:,}", tally.mix() or "none yet", each.halt or "goes on"
