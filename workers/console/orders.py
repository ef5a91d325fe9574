"""Pages about orders: one order's story as `cardinity explain` tells it, and lists of those in doubt. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from producers.contract import states
from producers.moments import rfc3339
from producers.runtime.ledger.record import Record
from workers.analytics.pages.markup import Markup, element
from workers.console import proposals
from workers.console.layout import Reader, link, note, page, part
from workers.console.reasons import told
from workers.console.shapes import clock, deeds, facts, span, state, table
from workers.operations.findings import Findings
from workers.operations.reattempting import proposal_of
from workers.operations.story import Line, Next
from workers.operations.story import facts as known_of

#: Orders of a state that are listed, the longest waiting first.
LISTED_MAX: Final = 100
#: Facts that are the name of another order.
_ORDERS: Final = frozenset({"root", "successor"})
#: Facts that others stand with.
_PAYMENTS: Final = frozenset({"parent", "payment_id", "follow_up_id", "declined_payment_id"})
_TITLES: Final = {
    "payment_id": "Payment", "follow_up_id": "Made", "declined_payment_id": "Declined payment", "parent": "Of payment",
    "last4": "Card's last four", "http_status": "HTTP status", "customer_ip": "Customer's address",
    "merchant_advice_code": "Advice code",
}  # fmt: skip
_SUBSCRIPTION: Final = re.compile(r"sub\.([^.]+)\.")


def order(reader: Reader, findings: Findings, lines: Sequence[Line], coming: Next, asked: str) -> str:
    """What happened to one order, and what happens next. `asked` is the name that was asked for: it may be that of one
    that went on for it."""
    record = findings.record
    offered = [("order-resolve", record.order_id, "Resolve")] if record.state == states.PARKED else []
    behind = note(f"{asked} goes on for this order, and its story is a part of this one's.")
    return page(
        f"Order {record.order_id}",
        reader,
        element(
            "div",
            {"class": "headline"},
            element("p", {"class": "figure"}, price(record)),
            state(record.state),
            deeds(reader, *offered),
        ),
        *([behind] if asked != record.order_id else []),
        *_proposed(record, findings.now_ms),
        element("p", {"class": "next"}, element("b", {}, "Next: "), f"{coming.text}{_when(coming, findings.now_ms)}"),
        element(
            "div",
            {"class": "two"},
            part("What happened, by the clock of UTC", _story(lines)),
            part("What is known", facts(_about(record, findings.followed))),
        ),
    )


def doubtful(reader: Reader, found: Sequence[tuple[str, Sequence[Record]]], now_ms: int) -> str:
    """Orders whose money may have moved without anybody knowing, by state."""
    parts = []
    for name, records in found:
        titles = ("Order", "Kind", "Amount#", "Account", "Why", "For", "Do")
        rows = [_row(reader, record, now_ms) for record in records]
        acts = reader.acts and name == states.PARKED
        more = [note(f"The {LISTED_MAX} that wait the longest.")] if len(rows) == LISTED_MAX else []
        parts.append(
            part(
                name.capitalize(),
                note(_MEANING[name]),
                *more,
                table(f"{name.capitalize()} orders", titles, rows, acts=acts),
            )
        )
    return page("In doubt", reader, *parts, at="/doubtful", refresh=True)


def address(order_id: str) -> str:
    """Where an order's page is."""
    return f"/orders?order_id={quote(order_id, safe='')}"


def batch_address(name: str) -> str:
    """Where a batch's page is."""
    return f"/batches?batch={quote(name, safe='')}"


def found_address(words: str) -> str:
    """Where orders that have to do with something are listed."""
    return f"/search?q={quote(words, safe='')}"


def price(record: Record) -> str:
    """The order's money."""
    return f"{record.amount.text} {record.amount.currency}"


_MEANING: Final = {
    states.PARKED: "No machine can find out what became of these. A human decides on the evidence.",
    states.UNKNOWN: "These may have been charged. The resolver looks for them all the time; most end by themselves.",
}


def _row(reader: Reader, record: Record, now_ms: int) -> Sequence[str]:
    age = span(now_ms - record.number("since"))
    named = link(address(record.order_id), record.order_id)
    offered = deeds(reader, ("order-resolve", record.order_id, "Resolve"))
    why = told(record.text("reason"))
    if proposal := proposal_of(record, now_ms):
        why = f"{why} {proposal.by} proposes to send it once more."
    return named, record.kind or "charge", price(record), record.lane, why, age, offered


def _proposed(record: Record, now_ms: int) -> Iterable[Markup]:
    if record.state == states.PARKED and (proposal := proposal_of(record, now_ms)):
        yield proposals.told(proposal, now_ms)


def _about(record: Record, followed: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    yield "Account", record.lane
    yield "Producer", record.text("producer")
    if batch := record.text("batch"):
        yield "Batch", link(batch_address(batch), batch)
    if subscription := _SUBSCRIPTION.match(record.order_id):
        yield "Subscription", link(found_address(subscription[1]), subscription[1])
    for name, text in known_of(record, followed).items():
        yield _TITLES.get(name, name.replace("_", " ").capitalize()), _linked(name, text)


def _linked(name: str, text: str) -> str:
    if name in _ORDERS:
        return link(address(text), text)
    if name == "reason":
        return told(text)
    if name == "gateway_created":
        return clock(int(datetime.fromisoformat(text).timestamp() * 1000))
    return link(found_address(text), text) if name in _PAYMENTS or name == "customer" else text


def _story(lines: Sequence[Line]) -> Markup:
    started_ms = lines[0].at_ms if lines else 0
    return element("ol", {"class": "story"}, *(_step(line, started_ms) for line in lines))


def _step(line: Line, started_ms: int) -> Markup:
    day, _, time = rfc3339(line.at_ms).partition("T")
    when = element(
        "time",
        {"datetime": rfc3339(line.at_ms)},
        f"{day} {time.removesuffix('Z')} ",
        element("small", {}, f"+{span(line.at_ms - started_ms)}"),
    )
    return element("li", {"class": f"at-{line.kind}"}, when, element("p", {}, line.text))


def _when(coming: Next, now_ms: int) -> str:
    if coming.at_ms is None:
        return ""
    ahead_ms = coming.at_ms - now_ms
    return f" (in {span(ahead_ms)})" if ahead_ms > 0 else f" (due for {span(ahead_ms)})"
