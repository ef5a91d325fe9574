"""Payments by what their rows say of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from producers.contract.names import REFUND
from workers.analytics.answers import Slice
from workers.analytics.figures.grouping import grouped
from workers.analytics.sections import UNTOLD, Section, Shape
from workers.analytics.shapes import ACCOUNT, CARD_BRAND, COUNTRY
from workers.analytics.tally import tally


def breakdowns(slices: Sequence[Slice]) -> tuple[Section, ...]:
    """By country, card brand and account."""
    return (
        _breakdown(COUNTRY, slices, lambda each: each.country),
        _breakdown(CARD_BRAND, slices, lambda each: each.card_brand),
        _breakdown(ACCOUNT, slices, lambda each: each.account),
    )


def _breakdown(shape: Shape, slices: Sequence[Slice], name: Callable[[Slice], str | None]) -> Section:
    """The most payments first, in each currency."""
    kept = (each for each in slices if each.kind != REFUND)
    groups = grouped(kept, lambda each: (each.currency, name(each) or UNTOLD))
    tallies = {key: tally(each.outcome for each in group) for key, group in groups.items()}
    ordered = sorted(tallies.items(), key=lambda item: (item[0][0], -item[1].payments, item[0][1]))
    return Section(shape, tuple((*key, *total.outcomes, *total.money) for key, total in ordered))
