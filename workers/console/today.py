"""What happened today, by the days of UTC: renewals that fall due, and why payments were declined. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cardinity_client.money import Money
from producers.contract import renewals as periods
from producers.moments import rfc3339
from workers.analytics.figures.totals import BEFORE
from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.outcomes import add_up, legend
from workers.analytics.pages.parts import declines, hours
from workers.analytics.report import Report
from workers.analytics.wording import percent
from workers.console.layout import Reader, link, note, notice, page, part
from workers.console.orders import found_address
from workers.console.shapes import card, cards, shares, table, word

#: Periods that are named.
NAMED_MAX: Final = 50

_KIND_OF: Final[Mapping[str, str]] = {
    periods.CHARGED: "approved",
    periods.RETRYING: "declined",
    periods.PAST_DUE: "declined",
    periods.DECLINED: "declined",
    periods.SKIPPED: "not_charged",
    periods.WAIVED: "not_charged",
    periods.PLANNED: "open",
    periods.CHARGING: "open",
    periods.HELD: "unresolved",
}
_COLOURS: Final = {"approved": "good", "declined": "declined", "open": "busy", "unresolved": "stop"}
_MEANINGS: Final[Mapping[str, str]] = {
    periods.PLANNED: "taken by a run, not handed in yet",
    periods.CHARGING: "handed in, no outcome booked yet",
    periods.CHARGED: "paid",
    periods.RETRYING: "declined, tried again at its time",
    periods.PAST_DUE: "declined, waits for its customer",
    periods.DECLINED: "declined for the last time",
    periods.SKIPPED: "not to be charged",
    periods.HELD: "waits for a human",
    periods.WAIVED: "let go by a human",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A period that waits for a human."""

    subscription_id: str
    number: int
    amount: Money
    reason: str
    due_at_ms: int


@dataclass(frozen=True, slots=True)
class Day:
    """Periods that fell due today by state, with their money; those that wait for a human, whenever they fell due, and
    how many there are; subscriptions that are due and that no run has taken, and those that fall due later today.
    `ran_at_ms` is when the last run ended, None before the first; `ended` are the outcomes that none has met: of orders
    whose periods are still `charging`."""

    counts: Mapping[str, int]
    sums: Mapping[str, Sequence[Money]]
    held: Sequence[Held]
    held_in_all: int
    overdue: int
    later: int
    ran_at_ms: int | None
    ended: Mapping[str, int] = field(default_factory=dict)


def today(reader: Reader, day: Day, report: Report, now_ms: int) -> str:
    """The page."""
    return page(
        "Today",
        reader,
        note(f"{rfc3339(now_ms)[:10]}, by the clock of UTC."),
        cards(*_cards(day, report)),
        *_renewals(day),
        *_payments(report),
        at="/today",
    )


def _cards(day: Day, report: Report) -> Iterable[Markup]:
    due = sum(day.counts.values())
    charged = day.counts.get(periods.CHARGED, 0)
    yield card("Renewals due", f"{due + day.overdue:,}", f"{day.later:,} more fall due later today")
    yield card("Paid", f"{charged:,}", f"{percent(charged / due)} of those taken" if due else "none was taken yet")
    ran = "no run has ended yet" if day.ran_at_ms is None else f"last run ended {rfc3339(day.ran_at_ms)[11:16]} UTC"
    yield card("Not taken yet", f"{day.overdue:,}", ran, kind="warn" if day.overdue else "")
    yield card("Held", f"{day.held_in_all:,}", "wait for a human, of all days", kind="warn" if day.held_in_all else "")
    whole = add_up("all", report.section("daily").records())
    rate = "–" if whole.approval is None else percent(whole.approval)
    then = add_up("yesterday", (each for each in report.section("totals").records() if each["period"] == BEFORE))
    compared = "" if then.approval is None else f"; yesterday {percent(then.approval)}"
    yield card("Approval rate", rate, f"{whole.whole:,} payments accepted today{compared}")


def _renewals(day: Day) -> Iterable[Markup]:
    due = sum(day.counts.values())
    kinds: dict[str, int] = {}
    for name, count in day.counts.items():
        kinds[_KIND_OF[name]] = kinds.get(_KIND_OF[name], 0) + count
    rows = (
        (
            word(name, _COLOURS.get(_KIND_OF[name], "")),
            _meaning(name, day),
            f"{day.counts[name]:,}",
            _sums(day.sums[name]),
        )
        for name in periods.PERIOD_STATES
        if day.counts.get(name)
    )
    late = f"Due, and not taken by a run yet: {day.overdue:,}. Does the scheduler run?"
    yield part(
        "Renewals that fell due",
        *([notice(late)] if day.overdue else []),
        *([shares(f"{due:,} renewals by what became of them", kinds, due)] if due else []),
        table("Renewals by state", ("State", "Is", "Periods#", "Money#"), rows, empty="No period fell due today."),
    )
    if day.held:
        titles = ("Subscription", "Period#", "Amount#", "Why", "Due (UTC)")
        more = [note(f"The first {NAMED_MAX} of {day.held_in_all:,}.")] if day.held_in_all > len(day.held) else []
        told = (
            element("code", {}, "cardinity renew release"), " charges one after all, ",
            element("code", {}, "cardinity renew waive"), " lets it go.",
        )  # fmt: skip
        yield part(
            "Wait for a human",
            *more,
            element("p", {"class": "note"}, *told),
            table("Renewals that wait for a human", titles, map(_held, day.held)),
        )


def _meaning(name: str, day: Day) -> str:
    if name != periods.CHARGING or not day.ended:
        return _MEANINGS[name]
    ended = ", ".join(f"{count:,} {state}" for state, count in day.ended.items())
    return f"handed in; {ended} meanwhile, which the next run books"


def _held(each: Held) -> Sequence[str]:
    named = link(found_address(each.subscription_id), each.subscription_id)
    amount = f"{each.amount.text} {each.amount.currency}"
    return named, f"{each.number}", amount, each.reason, rfc3339(each.due_at_ms)[:16].replace("T", " ")


def _payments(report: Report) -> Iterable[Markup]:
    whole = add_up("all", report.section("daily").records())
    if not whole.whole:
        yield part("Payments", note("No payment was accepted today."))
        return
    yield element("section", {"class": "part"}, element("h2", {}, "Payments"), legend(whole))
    yield hours(report)
    yield declines(report)


def _sums(amounts: Sequence[Money]) -> str:
    return ", ".join(f"{amount.text} {amount.currency}" for amount in amounts)
