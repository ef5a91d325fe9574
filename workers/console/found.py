"""Orders that have to do with what was searched for, as a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cardinity_client.money import Money
from producers.moments import rfc3339
from workers.analytics.pages.markup import Markup
from workers.console.layout import Reader, link, note, notice, page, search
from workers.console.orders import address
from workers.console.shapes import state, table

#: Orders that are listed, the newest first.
HITS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """An order as the archive last heard of it; `accepted_at_ms` is 0 where only the ledger knows it."""

    order_id: str
    kind: str
    state: str
    amount: Money
    customer: str
    payment_id: str
    accepted_at_ms: int


def found(reader: Reader, words: str, hits_found: Sequence[Hit], unasked: str = "") -> str:
    """The page; `unasked` is why the archive was not asked, empty where it was."""
    shown: list[Markup] = [search(words, first=not words)]
    if unasked:
        shown.append(notice(f"Only open and recent orders were looked at, by their name: {unasked}"))
    if words:
        shown.append(hits(hits_found))
    else:
        shown.append(note("By an order_id, a payment's id, a customer or a subscription: the whole name, as it is."))
    if len(hits_found) == HITS_MAX:
        shown.append(note(f"The newest {HITS_MAX}."))
    return page(f"“{words}”" if words else "Find", reader, *shown, at="/search")


def hits(given: Sequence[Hit]) -> Markup:
    """Orders in a table."""
    titles = ("Order", "State", "Amount#", "Kind", "Customer", "Payment", "Accepted (UTC)")
    return table("Orders", titles, map(_row, given), empty="No order has to do with it.")


def _row(hit: Hit) -> Sequence[str]:
    accepted = rfc3339(hit.accepted_at_ms)[:19].replace("T", " ") if hit.accepted_at_ms else "just now"
    amount = f"{hit.amount.text} {hit.amount.currency}"
    named = link(address(hit.order_id), hit.order_id)
    return named, state(hit.state), amount, hit.kind, hit.customer, hit.payment_id, accepted
