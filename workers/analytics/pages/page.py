"""The page: headlines, charts, tables, and what each figure means. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from workers.analytics.pages.headlines import cards, money, summary
from workers.analytics.pages.markup import Markup, element, trusted
from workers.analytics.pages.outcomes import patterns
from workers.analytics.pages.parts import declines, hours, others, outcomes
from workers.analytics.pages.tables import folded
from workers.analytics.report import Report
from workers.analytics.sections import Unit
from workers.analytics.shapes import SHAPES
from workers.analytics.wording import day, days


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
        nothing = "Nothing happened in this period: no payment, no refund, no chargeback."
        yield element("p", {"class": "summary"}, nothing)
        return
    yield element("section", {"class": "headlines"}, summary(report), cards(report), money(report))
    yield from outcomes(report)
    yield declines(report)
    yield hours(report)
    yield from others(report)
    yield element("section", {"class": "part tables"}, element("h2", {}, "Tables"), *map(folded, report.sections[1:]))
    yield _definitions()


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
