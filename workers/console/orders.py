"""Pages about orders: one order's story as `cardinity explain` tells it, and lists of those in doubt. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from producers.contract import states
from producers.runtime.ledger.record import Record
from workers.analytics.pages.markup import Markup, element, join
from workers.cli.explain import Findings
from workers.cli.reading import rfc3339
from workers.cli.story import Line, Next, duration, facts
from workers.console.layout import Reader, link, note, page, part, search, table
from workers.console.overview import deeds

#: Orders of a state that are listed, the longest waiting first.
LISTED_MAX: Final = 100


def order(reader: Reader, findings: Findings, lines: Sequence[Line], coming: Next) -> str:
    """What happened to one order, and what happens next."""
    record = findings.record
    about = [("Amount", f"{record.amount.text} {record.amount.currency}"), ("Account", record.lane)]
    about += [("Producer", record.text("producer"))]
    if batch := record.text("batch"):
        about += [("Batch", link(f"/batches?batch={quote(batch, safe='')}", batch))]
    about += list(facts(record).items())
    return page(
        f"Order {record.order_id}",
        reader,
        search(),
        element("p", {"class": "summary"}, element("b", {}, record.state)),
        element("p", {}, f"Next: {coming.text}{_when(coming, findings.now_ms)}"),
        _of_parked(reader, record),
        part("What is known", table(("What", "Is"), about)),
        part("What happened", table(("When (UTC)", "After", "What"), _steps(lines))),
    )


def doubtful(reader: Reader, found: Sequence[tuple[str, Sequence[Record]]], now_ms: int) -> str:
    """Orders whose money may have moved without anybody knowing, by state."""
    parts = []
    for state, records in found:
        rows = [_row(reader, record, now_ms) for record in records]
        titles = ("Order", "Kind", "Amount", "Account", "Why", "For", "Do")
        shown = table(titles, rows) if rows else note("None.")
        more = [note(f"The {LISTED_MAX} that wait the longest.")] if len(rows) == LISTED_MAX else []
        parts.append(part(state.capitalize(), *more, shown))
    return page("Unknown and parked", reader, search(), *parts, refresh="/doubtful")


def address(order_id: str) -> str:
    """Where an order's page is."""
    return f"/orders?order_id={quote(order_id, safe='')}"


def _row(reader: Reader, record: Record, now_ms: int) -> Sequence[str]:
    amount = f"{record.amount.text} {record.amount.currency}"
    age = duration(now_ms - record.number("since"))
    named = link(address(record.order_id), record.order_id)
    offered = _resolving(reader, record) if record.state == states.PARKED else ""
    return named, record.kind or "charge", amount, record.lane, record.text("reason"), age, offered


def _of_parked(reader: Reader, record: Record) -> Markup:
    return element("p", {}, _resolving(reader, record)) if record.state == states.PARKED else element("span")


def _resolving(reader: Reader, record: Record) -> Markup:
    return deeds(
        reader,
        ("order-approved", record.order_id, "It was charged"),
        ("order-not-charged", record.order_id, "It was not charged"),
    )


def _steps(lines: Sequence[Line]) -> Iterable[Sequence[str]]:
    started_ms = lines[0].at_ms if lines else 0
    return ((_moment(line.at_ms), f"+{duration(line.at_ms - started_ms)}", line.text) for line in lines)


def _moment(at_ms: int) -> Markup:
    """A day and a time, which may stand one below the other."""
    day, _, time = rfc3339(at_ms).partition("T")
    return join(element("span", {"class": "whole"}, day), " ", element("span", {"class": "whole"}, time))


def _when(coming: Next, now_ms: int) -> str:
    if coming.at_ms is None:
        return ""
    ahead_ms = coming.at_ms - now_ms
    return f" (in {duration(ahead_ms)})" if ahead_ms > 0 else f" (due for {duration(ahead_ms)})"
