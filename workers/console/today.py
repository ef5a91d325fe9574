"""What happened today, by the days of UTC: renewals that fell due, and why payments were declined. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from workers.analytics.pages.parts import declines
from workers.analytics.report import Report
from workers.console.layout import Reader, note, page, part, table


def today(reader: Reader, renewals: Mapping[str, int], report: Report) -> str:
    """The page."""
    due = [(state, f"{count:,}") for state, count in sorted(renewals.items())]
    shown = table(("State", "Periods"), due) if due else note("No period fell due today.")
    return page("Today", reader, part("Renewals that fell due", shown), declines(report))
