"""How many subscriptions are charged again, month of the first charge by month. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.tables import retention
from workers.analytics.sections import Section

#: Periods that are shown across; all of them are in the table.
PERIODS_MAX: Final = 12


def renewals(section: Section) -> Iterable[Markup]:
    """A grid for each currency."""
    grids: dict[str, dict[str, dict[int, float]]] = {}
    for record in section.records():
        later, share = int(record["later"] or 0), record["share"]
        if later <= PERIODS_MAX and share is not None:
            grids.setdefault(str(record["currency"]), {}).setdefault(str(record["month"]), {})[later] = float(share)
    note = "Of the subscriptions first charged in a month, how many per cent were charged so many periods later."
    yield element("p", {"class": "note"}, note)
    for currency, months in grids.items():
        last = max(later for shares in months.values() for later in shares)
        yield element("h3", {}, currency)
        yield retention(months, last)
