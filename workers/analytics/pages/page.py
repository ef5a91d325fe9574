"""The page: headlines, charts, tables, and what each figure means. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from workers.analytics.pages.charts import approval, columns
from workers.analytics.pages.comparison import comparison
from workers.analytics.pages.frames import NARROW, WIDE, Frame
from workers.analytics.pages.headlines import cards, money, summary
from workers.analytics.pages.markup import Markup, element, trusted
from workers.analytics.pages.outcomes import Counts, add_up, legend, patterns
from workers.analytics.pages.renewals import renewals
from workers.analytics.pages.stretches import stretches
from workers.analytics.pages.tables import folded, ranking, shown
from workers.analytics.report import Report
from workers.analytics.sections import Cell, Unit
from workers.analytics.shapes import SHAPES
from workers.analytics.wording import day, days, percent

#: Reasons that are shown as bars; all of them are in the table.
REASONS_MAX = 10


def page(report: Report) -> str:
    """The whole document. It asks for nothing, and its policy lets it ask for nothing."""
    style = files("workers.analytics.pages").joinpath("page.css").read_text("utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"Payments, {days(report.scope.first, report.scope.last)}"
    head = element(
        "head",
        {},
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        element("title", {}, title),
        element("style", {}, trusted(style)),
    )
    body = element("body", {}, patterns(), element("main", {}, _head(report), *_body(report)))
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


def _head(report: Report) -> Markup:
    scope = report.scope
    about = [f"Days of {scope.zone}"]
    about.append(f"account {scope.account}" if scope.account else "all accounts")
    about.append(f"only {scope.currency}" if scope.currency else "all currencies")
    as_of = datetime.fromtimestamp(report.as_of_ms / 1000, UTC).astimezone(ZoneInfo(scope.zone))
    about.append(f"as of {day(as_of.date())}, {as_of:%H:%M}")
    period = element("span", {"class": "period"}, days(report.scope.first, report.scope.last))
    return element("header", {}, element("h1", {}, "Payments ", period), element("p", {}, " · ".join(about)))


def _body(report: Report) -> Iterable[Markup]:
    if report.is_empty:
        yield element(
            "p", {"class": "summary"}, "Nothing happened in this period: no payment, no refund, no chargeback."
        )
        return
    yield element("section", {"class": "headlines"}, summary(report), cards(report), money(report))
    daily = list(report.section("daily").records())
    whole = add_up("all", daily)
    yield _figure(
        "What became of payments",
        "Payments by when they were accepted, all currencies together.",
        legend(whole),
        *_both(daily, lambda frame, unit, counts: columns(frame, f"Outcomes of payments by {unit}", counts)),
        folded(report.section("daily")),
    )
    average = f"The broken line is the whole period's {percent(whole.approval)}." if whole.approval is not None else ""
    yield _figure(
        "Approval rate",
        f"Approved payments by those that banks decided. {average}",
        *_both(daily, lambda frame, unit, counts: approval(frame, f"Approval rate by {unit}", counts, whole.approval)),
    )
    yield _declines(report)
    yield _hours(report)
    yield _part("Refunds and chargebacks", shown(report.section("refunds")), shown(report.section("chargebacks")))
    if report.section("unresolved").rows:
        yield _part("Unknown and parked", shown(report.section("unresolved")))
    if report.section("cohorts").rows:
        yield _part("Renewals", *renewals(report.section("cohorts")), folded(report.section("cohorts")))
    yield _part("Beside the period before", comparison(report.section("totals")))
    yield _part("Retries", shown(report.section("retries")))
    yield _part("How long it took", shown(report.section("latency")))
    rest = ("status", "country", "card_brand", "account")
    yield _part("More tables", *(folded(report.section(name)) for name in rest))
    yield _definitions()


def _both(daily: Sequence[dict[str, Cell]], draw: Callable[[Frame, str, Sequence[Counts]], Markup]) -> Iterable[Markup]:
    for frame in (WIDE, NARROW):
        together = stretches(daily, frame.columns_max)
        note = "" if together.unit == "day" else f"Each column is a {together.unit}, named after its first day."
        yield draw(frame, together.unit, together.counts)
        if note:
            yield element("p", {"class": f"note {frame.name}"}, note)


def _declines(report: Report) -> Markup:
    codes = _ranked(report.section("decline_code").records(), "decline_code", "says")
    advice = _ranked(report.section("advice").records(), "says", "")
    if not codes:
        return _part("Why payments were declined", element("p", {}, "No payment was declined."))
    return _figure(
        "Why payments were declined",
        "All currencies together.",
        element(
            "div",
            {"class": "pair"},
            ranking("What the bank said", ("Code", "Declines"), codes[:REASONS_MAX], "declined"),
            ranking("What could help", ("Meaning", "Declines"), advice, "declined"),
        ),
        folded(report.section("decline_code")),
        folded(report.section("advice")),
    )


def _ranked(records: Iterable[dict[str, Cell]], name: str, note: str) -> list[tuple[str, str, int]]:
    counts: dict[tuple[str, str], int] = {}
    for record in records:
        key = (str(record[name]), str(record[note]) if note else "")
        counts[key] = counts.get(key, 0) + int(record["declines"] or 0)
    return sorted(((*key, count) for key, count in counts.items()), key=lambda row: (-row[2], row[0]))


def _hours(report: Report) -> Markup:
    hourly = list(report.section("hourly").records())
    hours = sorted({str(record["hour"]) for record in hourly})
    counts = [add_up(hour, (record for record in hourly if record["hour"] == hour)) for hour in hours]
    return _figure(
        "At what time of the day",
        "Payments by the hour that local clocks showed, all days together.",
        *(columns(frame, "Outcomes of payments by hour of the day", counts) for frame in (WIDE, NARROW)),
        folded(report.section("hourly")),
    )


def _figure(title: str, note: str, *children: Markup) -> Markup:
    return _part(title, element("p", {"class": "note"}, note), *children)


def _part(title: str, *children: Markup) -> Markup:
    return element("section", {"class": "part"}, element("h2", {}, title), *children)


def _definitions() -> Markup:
    """Each figure once, by its title; where one title means two things both are told."""
    told: dict[tuple[str, str], None] = {}
    for shape in SHAPES:
        for column in shape.columns:
            if column.unit is not Unit.NAME:
                told.setdefault((column.title, column.meaning))
    items = [part for title, meaning in told for part in (element("dt", {}, title), element("dd", {}, meaning))]
    return element(
        "section", {"class": "part meanings"}, element("h2", {}, "What the figures mean"), element("dl", {}, *items)
    )
