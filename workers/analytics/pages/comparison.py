"""The totals of each currency, figure by figure, beside those of the period before. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from workers.analytics.figures.totals import BEFORE, THIS
from workers.analytics.pages.markup import Markup, element
from workers.analytics.sections import Section, Unit
from workers.analytics.wording import in_words


def comparison(section: Section) -> Markup:
    """A table for each currency."""
    records = {(record["currency"], record["period"]): record for record in section.records()}
    currencies = [currency for currency, period in records if period == THIS]
    tables = []
    for currency in currencies:
        both = (records[currency, THIS], records[currency, BEFORE])
        rows = (
            element(
                "tr",
                {},
                element("th", {"scope": "row"}, column.title),
                *(
                    element("td", {"class": "right"}, in_words(each[column.name], column, str(currency)))
                    for each in both
                ),
            )
            for column in section.shape.columns
            if column.unit is not Unit.NAME
        )
        head = element("tr", {}, *_heads((str(currency), "This period", "Before")))
        tables.append(element("table", {"class": "plain"}, element("thead", {}, head), element("tbody", {}, *rows)))
    return element("div", {"class": "pair"}, *tables)


def _heads(titles: Iterable[str]) -> Iterable[Markup]:
    for number, title in enumerate(titles):
        yield element("th", {"scope": "col", "class": "right" if number else "left"}, title)
