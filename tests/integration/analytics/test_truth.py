"""Every figure of a report is what a plain recount of 25,000 orders comes to, wherever the rows are read from."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.integration.analytics.history import END_MS, History
from tests.integration.analytics.recount import Place, Recount, nearest_rank
from workers.analytics import Report, Scope, make_report
from workers.analytics.figures.latency import PERCENTS
from workers.analytics.sections import Unit
from workers.analytics.sources import Source

#: A day with both changes of clocks in the period, a zone that is half an hour off, one whose midnight is skipped, and
#: filters.
SCOPES = (
    Scope(date(2026, 1, 1), date(2026, 12, 31), "Europe/Vilnius"),
    Scope(date(2026, 3, 1), date(2026, 4, 30), "Asia/Kolkata", account="eu"),
    Scope(date(2026, 3, 7), date(2026, 11, 2), "America/New_York", currency="KWD"),
    Scope(date(2026, 4, 24), date(2026, 4, 24), "Africa/Cairo", account="default", currency="JPY"),
)
#: Names that explain a row, and do not tell it from others.
_NOT_OF_A_PLACE = {"says"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recounts(history: History) -> dict[Scope, Recount]:
    """Of each scope, counted once for all sources."""
    return {scope: _recount(history, scope) for scope in SCOPES}


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: f"{scope.zone} {scope.account} {scope.currency}")
def test_every_figure_is_that_of_a_recount(source: Source, recounts: dict[Scope, Recount], scope: Scope) -> None:
    """Counts and money of all sections are equal, nothing more is told, and durations lie within 1 %."""
    report = make_report(source, scope, END_MS)
    assert _told(report) == recounts[scope].figures
    told: dict[Any, dict[str, Any]] = {record["measure"]: record for record in report.section("latency").records()}
    assert set(told) == set(recounts[scope].durations)
    for measure, ordered in recounts[scope].durations.items():
        assert (told[measure]["payments"], told[measure]["longest"]) == (len(ordered), ordered[-1])
        for percent in PERCENTS:
            right = nearest_rank(ordered, percent)
            assert abs(told[measure][f"p{percent}"] - right) <= right * 0.01 + 0.5, (measure, percent)


def test_rates_and_averages_follow_from_their_figures(source: Source) -> None:
    """Each is the quotient that its definition says, and nothing where there is nothing to divide by."""
    report = make_report(source, SCOPES[0], END_MS)
    for name in ("totals", "daily", "hourly", "country", "card_brand", "account"):
        for record in report.section(name).records():
            decided = _number(record["approved"]) + _number(record["declined"])
            assert record["approval_rate"] == (round(_number(record["approved"]) / decided, 6) if decided else None)
            taken, count = _number(record["taken"]), _number(record["taken_count"])
            assert record["average"] == ((taken / count + 0.5) // 1 if count else None)
    aftermath = (("refunds", "refund_count", "refunded"), ("chargebacks", "chargeback_count", "charged_back"))
    for name, part_count, part_money in aftermath:
        for record in report.section(name).records():
            for rate, part, whole in (("rate_count", part_count, "taken_count"), ("rate_money", part_money, "taken")):
                divided = _number(record[whole])
                assert record[rate] == (round(_number(record[part]) / divided, 6) if divided else None)
    for name in ("decline_code", "advice"):
        shares: dict[object, float] = {}
        for record in report.section(name).records():
            shares[record["currency"]] = shares.get(record["currency"], 0) + float(record["share"] or 0)
        assert all(share == pytest.approx(1, abs=1e-4) for share in shares.values())


def test_the_age_of_what_is_open_is_that_of_the_oldest(source: Source, recounts: dict[Scope, Recount]) -> None:
    """From when it was unknown, or parked, to the report's own moment."""
    report = make_report(source, SCOPES[0], END_MS)
    told = {
        (record["currency"], record["state"], record["age"]): record["oldest"]
        for record in report.section("unresolved").records()
    }
    assert told == recounts[SCOPES[0]].oldest()


def test_a_draw_has_all_that_is_counted(history: History) -> None:
    """The history that is recounted is none in which half of the figures are nothing."""
    kinds = {row["kind"] for row in history.orders}
    states = {row["state"] for row in history.orders}
    assert kinds == {"charge", "link", "refund", "settlement", "void"}
    assert len(states) == 11  # all but claimed
    assert {row["currency"] for row in history.orders} == {"EUR", "USD", "JPY", "KWD", "XXX"}
    assert any(row["root"] for row in history.orders)
    assert {row["status"] for row in history.chargebacks} == {"initiated", "approved", "declined"}
    assert any(row["order_id"] is None for row in history.chargebacks)


def _recount(history: History, scope: Scope) -> Recount:
    return Recount(
        history.orders,
        history.chargebacks,
        days=(scope.first, scope.last),
        zone=scope.zone,
        now_ms=END_MS,
        account=scope.account,
        currency=scope.currency,
    )


def _told(report: Report) -> dict[Place, int]:
    """Counts and money of the report by their place; durations are told elsewhere."""
    found: dict[Place, int] = {}
    for section in report.sections:
        columns = section.shape.columns
        names = [column.name for column in columns if column.unit is Unit.NAME or column.name == "later"]
        for record in section.records() if section.shape.name != "latency" else ():
            place = [section.shape.name, *(record[name] for name in names if name not in _NOT_OF_A_PLACE)]
            for column in columns:
                derived = column.name in ("average", "later")
                if column.unit in (Unit.COUNT, Unit.MONEY) and not derived and record[column.name]:
                    found[(*place, column.name)] = int(record[column.name] or 0)
    return found


def _number(cell: object) -> int:
    assert isinstance(cell, int)
    return cell
