"""Customers with a history: orders in ledger and archive, subscriptions, notices, counters of risk rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from cardinity_client.money import Money
from producers.contract.events import OrderEvent, encode, payment_event
from producers.contract.payment_data import Asked
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.subscriptions.book.tables import ATTEMPTS, NOTICES, PERIODS, SUBSCRIPTIONS, TERMS
from tests import ledgers
from workers.events.archive.archiver import Archiver
from workers.events.archive.book import EventBook
from workers.events.archive.stream import LedgerStream
from workers.privacy.pseudonyms import Pseudonyms, read_pseudonyms
from workers.risk.identity import write_key

DAY_MS = 86_400_000
#: The day on which these tests take place.
NOW_MS = 1_800_000_000_000


def pseudonyms(directory: Path) -> Pseudonyms:
    """Those of a new key."""
    if not (directory / "pseudonyms.key").exists():
        write_key(directory / "pseudonyms.key", "p1")
    return read_pseudonyms(directory / "pseudonyms.key")


def payment_of(order_id: str) -> str:
    return f"90095d64-7a90-4c6c-8f2b-{order_id.encode().hex()[:12]:0>12}"


def told(order_id: str, customer: str | None, at_ms: int, *states: str) -> Iterator[OrderEvent]:
    """What is told of a charge that is accepted, and then goes through these states."""
    for number, state in enumerate(("accepted", *states)):
        yield payment_event(
            state=state,
            order_id=order_id,
            attempt_ref=order_id,
            account="default",
            producer="shop",
            amount=Money(1000, "EUR"),
            time_ms=at_ms + number,
            payment_id=payment_of(order_id) if state == "approved" else None,
            card_last4="1111",
            asked=Asked("LT", None, customer),
        )


def on_stream(ledger: SyncLedger, *events: OrderEvent) -> None:
    """As the ledger's scripts tell."""
    for event in events:
        ledger.read("XADD", keys.EVENTS, "*", "id", event.id, "event", encode(event))


def archived(ledger: SyncLedger, archive: Archive, *events: OrderEvent) -> None:
    """Told, in the archive, and trimmed from the stream: all of it is long ago."""
    on_stream(ledger, *events)
    Archiver("archive", ledger, archive, LedgerStream(ledger), EventBook("archive")).catch_up()
    ledger.read("XTRIM", keys.EVENTS, "MAXLEN", 0)


def in_ledger(ledger: SyncLedger, order_id: str, customer: str, *, days_ago: float, state: str = "approved") -> None:
    """A row that is in that state since then, and says who its customer is. Its events are not told here."""
    ledgers.accept(ledger, order_id, customer=customer)
    ledgers.claim(ledger, order_id=order_id)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger, order_id=order_id)
    if state != "sending":
        ledgers.settle(ledger, state, order_id=order_id, payment_id=payment_of(order_id))
    since = ledgers.read(ledger, order_id).number("since") - int(days_ago * DAY_MS)
    ledger.read("HSET", keys.order(order_id), "since", since)
    ledger.read("XTRIM", keys.EVENTS, "MAXLEN", 0)


def subscribed(archive: Archive, name: str, customer: str, *, state: str, changed_at_ms: int) -> None:
    """A subscription with a notice that its subscriber was told."""
    row: dict[str, Any] = {
        "subscription_id": name, "customer": customer, "state": state, "country": "LT", "description": "For Anna",
        "account": "default", "next_number": 2, "version": 1, "created_at_ms": 1, "changed_at_ms": changed_at_ms,
    }  # fmt: skip
    notice = {"notice_id": f"{name}/1", "kind": "trial_ends", "subscription_id": name, "number": 1, "at_ms": 1}
    with archive.writing() as connection:
        connection.execute(insert(SUBSCRIPTIONS), row)
        connection.execute(insert(NOTICES), {**notice, "taken_at_ms": changed_at_ms})


def charged(archive: Archive, name: str, *, at_ms: int) -> None:
    """The subscriber has agreed to terms, and was charged for a period then."""
    terms = {
        "subscription_id": name, "from_number": 1, "revision": 1, "amount_minor": 1000, "currency": "EUR", "every": 1,
        "unit": "month", "zone": "UTC", "begins_at_ms": at_ms, "base": "2026-01-01", "anchor_day": 1, "due_s": 0,
        "consent": "clicked", "consent_at_ms": at_ms, "recorded_at_ms": at_ms,
    }  # fmt: skip
    period = {
        "subscription_id": name, "number": 1, "starts_at_ms": at_ms, "ends_at_ms": at_ms, "due_at_ms": at_ms,
        "zone": "UTC", "amount_minor": 1000, "currency": "EUR", "state": "paid", "attempt": 1, "changed_at_ms": at_ms,
    }  # fmt: skip
    attempt = {
        "subscription_id": name, "number": 1, "attempt": 1, "order_id": f"{name}-1", "payment_id": "p", "account": "a",
        "amount_minor": 1000, "currency": "EUR", "country": "LT", "description": "For Anna", "made_at_ms": at_ms,
        "outcome": "approved",
    }  # fmt: skip
    with archive.writing() as connection:
        for table, row in ((TERMS, terms), (PERIODS, period), (ATTEMPTS, attempt)):
            connection.execute(insert(table), row)
