"""Totals, the states, and what was tried more than once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from producers.contract import states
from workers.analytics.answers import Counted, Slice
from workers.analytics.figures.grouping import grouped, payments_of
from workers.analytics.sections import Cell, Section
from workers.analytics.shapes import RETRIES, STATUS, TOTALS
from workers.analytics.tally import tally

#: The two periods of the totals.
THIS, BEFORE = "this", "before"


def totals(slices: Sequence[Slice], before: Sequence[Counted]) -> Section:
    """Both periods of every currency that is in either."""
    now = grouped((Counted(each.currency, each.outcome) for each in slices), lambda each: each.currency)
    then = grouped(before, lambda each: each.currency)
    rows = [
        row
        for currency in sorted({*now, *then})
        for row in (_row(currency, THIS, now.get(currency, ())), _row(currency, BEFORE, then.get(currency, ())))
    ]
    return Section(TOTALS, tuple(rows))


def status(slices: Sequence[Slice]) -> Section:
    """States in the order in which an order may meet them."""
    by_state = grouped(payments_of(slices), lambda each: (each.currency, states.STATES.index(each.state)))
    rows = (
        (currency, states.STATES[number], sum(each.orders for each in group), sum(each.money for each in group))
        for (currency, number), group in sorted(by_state.items())
    )
    return Section(STATUS, tuple(rows))


def retries(slices: Sequence[Slice]) -> Section:
    """A row for each currency in which something was tried again."""
    rows = []
    for currency, group in sorted(grouped(payments_of(slices), lambda each: each.currency).items()):
        taken = [each for each in group if each.state == states.APPROVED and not each.held]
        row = (
            sum(each.claimed_again for each in group),
            sum(each.further_claims for each in group),
            sum(each.dunned for each in group),
            sum(each.dunned for each in taken),
            sum(each.dunned_money for each in taken),
        )
        if any(row):
            rows.append((currency, *row))
    return Section(RETRIES, tuple(rows))


def _row(currency: str, period: str, group: Iterable[Counted]) -> tuple[Cell, ...]:
    total = tally(each.outcome for each in group)
    rest = (total.held_count, total.held, total.refund_count, total.refunded, total.taken - total.refunded)
    return (currency, period, *total.outcomes, *total.money, *rest)
