"""The parts of the page between headlines and tables: charts, and short tables that say it all. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from workers.analytics.pages.charts import approval, columns
from workers.analytics.pages.comparison import comparison
from workers.analytics.pages.frames import NARROW, WIDE, Frame
from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.outcomes import Counts, add_up, legend
from workers.analytics.pages.renewals import renewals
from workers.analytics.pages.stretches import stretches
from workers.analytics.pages.tables import SHOWN_MAX, link, ranking, table
from workers.analytics.report import Report
from workers.analytics.sections import Cell
from workers.analytics.wording import percent

#: Reasons that are shown as bars; all of them are in the table.
REASONS_MAX: Final = 10

Record = dict[str, Cell]


def outcomes(report: Report) -> Iterable[Markup]:
    """What became of payments, and the approval rate, along the period."""
    daily = list(report.section("daily").records())
    whole = add_up("all", daily)
    yield _figure(
        "What became of payments",
        "Payments by when they were accepted, all currencies together.",
        legend(whole),
        *_both(daily, lambda frame, unit, counts: columns(frame, f"Outcomes of payments by {unit}", counts)),
        link(report.section("daily")),
    )
    average = f" The broken line is the whole period's {percent(whole.approval)}." if whole.approval is not None else ""
    yield _figure(
        "Approval rate",
        f"Approved payments by those that banks decided.{average}",
        *_both(daily, lambda frame, unit, counts: approval(frame, f"Approval rate by {unit}", counts, whole.approval)),
        link(report.section("daily")),
    )


def declines(report: Report) -> Markup:
    """What banks said, and what could help."""
    codes = _ranked(report.section("decline_code").records(), "decline_code", "says")
    advice = _ranked(report.section("advice").records(), "says", "")
    if not codes:
        return _part("Why payments were declined", element("p", {}, "No payment was declined."))
    rankings = (
        ranking("What the bank said", ("Code", "Declines"), codes[:REASONS_MAX], "declined"),
        ranking("What could help", ("Meaning", "Declines"), advice, "declined"),
    )
    return _figure(
        "Why payments were declined",
        "All currencies together.",
        element("div", {"class": "pair"}, *rankings),
        link(report.section("decline_code")),
        link(report.section("advice")),
    )


def hours(report: Report) -> Markup:
    """Outcomes by the hour of the day."""
    hourly = list(report.section("hourly").records())
    names = sorted({str(record["hour"]) for record in hourly})
    counts = [add_up(name, (record for record in hourly if record["hour"] == name)) for name in names]
    return _figure(
        "At what time of the day",
        "Payments by the hour that local clocks showed, all days together.",
        *(columns(frame, "Outcomes of payments by hour of the day", counts) for frame in (WIDE, NARROW)),
        link(report.section("hourly")),
    )


def others(report: Report) -> Iterable[Markup]:
    """What has no chart: money that came back or may have moved, renewals, and the period before."""
    yield _part("Beside the period before", comparison(report.section("totals")))
    for title, names in (
        ("Refunds and chargebacks", ("refunds", "chargebacks")),
        ("Unknown and parked", ("unresolved",)),
        ("Retries", ("retries",)),
        ("How long it took", ("latency",)),
    ):
        found = [report.section(name) for name in names if report.section(name).rows]
        if found:
            yield _part(title, *(table(each) if len(each.rows) <= SHOWN_MAX else link(each) for each in found))
    if report.section("cohorts").rows:
        yield _part("Renewals", *renewals(report.section("cohorts")), link(report.section("cohorts")))


def _both(daily: Sequence[dict[str, Cell]], draw: Callable[[Frame, str, Sequence[Counts]], Markup]) -> Iterable[Markup]:
    for frame in (WIDE, NARROW):
        together = stretches(daily, frame.columns_max)
        note = "" if together.unit == "day" else f"Each column is a {together.unit}, named after its first day."
        yield draw(frame, together.unit, together.counts)
        if note:
            yield element("p", {"class": f"note {frame.name}"}, note)


def _ranked(records: Iterable[dict[str, Cell]], name: str, note: str) -> list[tuple[str, str, int]]:
    counts: dict[tuple[str, str], int] = {}
    for record in records:
        key = (str(record[name]), str(record[note]) if note else "")
        counts[key] = counts.get(key, 0) + int(record["declines"] or 0)
    return sorted(((*key, count) for key, count in counts.items()), key=lambda row: (-row[2], row[0]))


def _figure(title: str, note: str, *children: Markup) -> Markup:
    return _part(title, element("p", {"class": "note"}, note), *children)


def _part(title: str, *children: Markup) -> Markup:
    return element("section", {"class": "part"}, element("h2", {}, title), *children)
