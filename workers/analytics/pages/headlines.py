"""The first lines of the page: a sentence, and the figures that matter most beside those of the period before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workers.analytics.figures.aftermath import FOREIGN
from workers.analytics.figures.totals import BEFORE, THIS
from workers.analytics.pages.markup import Markup, element
from workers.analytics.report import Report
from workers.analytics.sections import Cell
from workers.analytics.tally import rate
from workers.analytics.wording import NOTHING, amount, duration, percent

Record = dict[str, Cell]


def summary(report: Report) -> Markup:
    """The report in a sentence or two."""
    now = _totals(report, THIS)
    payments, approval = _sum(now, "payments"), _approval(now)
    told = [element("b", {}, f"{payments:,} payments"), " were accepted."]
    if approval is not None:
        told += [" Of those that banks decided, ", element("b", {}, f"{percent(approval)} were approved"), "."]
    waiting = _sum(report.section("unresolved").records(), "orders")
    if waiting:
        told += [" ", element("b", {}, f"{waiting:,} orders are unknown or parked"), ": their money may have moved."]
    return element("p", {"class": "summary"}, *told)


def cards(report: Report) -> Markup:
    """What can be said of all currencies together."""
    now, then = _totals(report, THIS), _totals(report, BEFORE)
    disputed = [record for record in report.section("chargebacks").records() if record["month"] != FOREIGN]
    disputes, taken = _sum(disputed, "chargeback_count"), _sum(disputed, "taken_count")
    waiting = list(report.section("unresolved").records())
    share = rate(disputes, taken)
    return element(
        "div",
        {"class": "cards counts"},
        _card("Payments", f"{_sum(now, 'payments'):,}", _change(_sum(now, "payments"), _sum(then, "payments"))),
        _card("Approval rate", _percent(_approval(now)), _points(_approval(now), _approval(then))),
        _card("Chargebacks", _percent(share), f"{disputes:,} of {taken:,} payments that took money"),
        _card("Unknown or parked", f"{_sum(waiting, 'orders'):,}", _oldest(waiting)),
    )


def money(report: Report) -> Markup:
    """A card for each currency: what was taken, and what of it stays."""
    then = {record["currency"]: record for record in _totals(report, BEFORE)}
    return element("div", {"class": "cards"}, *(_money(now, then[now["currency"]]) for now in _totals(report, THIS)))


def _money(now: Record, then: Record) -> Markup:
    currency = str(now["currency"])
    lines = (("Average", "average"), ("Refunded", "refunded"), ("Net", "net"), ("On hold", "held"))
    told = [
        part
        for title, key in lines
        for part in (element("dt", {}, title), element("dd", {}, _amount(now[key], currency)))
    ]
    change = _change(int(now["taken"] or 0), int(then["taken"] or 0))
    return _card(f"Taken in {currency}", _amount(now["taken"], currency), change, element("dl", {}, *told))


def _card(title: str, figure: str, note: str, *more: Markup) -> Markup:
    head = element("h3", {}, title)
    body = (element("p", {"class": "figure"}, figure), element("p", {"class": "note"}, note))
    return element("section", {"class": "card"}, head, *body, *more)


def _totals(report: Report, period: str) -> list[Record]:
    return [record for record in report.section("totals").records() if record["period"] == period]


def _sum(records: Iterable[Record], key: str) -> int:
    return sum(int(record[key] or 0) for record in records)


def _approval(records: Sequence[Record]) -> float | None:
    approved = _sum(records, "approved")
    return rate(approved, approved + _sum(records, "declined"))


def _percent(share: float | None) -> str:
    return NOTHING if share is None else percent(share)


def _amount(cell: Cell, currency: str) -> str:
    return NOTHING if cell is None else amount(int(cell), currency)


def _change(now: int, then: int) -> str:
    if not then:
        return "nothing in the period before"
    if now == then:
        return "as in the period before"
    sign, word = ("▲", "more") if now > then else ("▼", "less")
    return f"{sign} {abs(now - then) / then * 100:,.1f} % {word} than in the period before"


def _points(now: float | None, then: float | None) -> str:
    if now is None or then is None:
        return "nothing to compare with"
    points = round((now - then) * 100, 1)
    if not points:
        return "as in the period before"
    sign, word = ("▲", "higher") if points > 0 else ("▼", "lower")
    return f"{sign} {abs(points)} points {word} than in the period before"


def _oldest(waiting: Sequence[Record]) -> str:
    ages = [int(record["oldest"] or 0) for record in waiting]
    return f"the oldest for {duration(max(ages))}" if ages else "nothing to find out"
