"""What an event teaches the counters: a decline counts against its address, an approval is history. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from producers.contract import states
from producers.contract.events import Event
from producers.contract.payment_data import PaymentData
from producers.contract.risk import RiskData
from workers.risk.asked import HISTORY_MS, Entry
from workers.risk.rules import RuleSet


class Lesson(NamedTuple):
    """Put `entry` in as of `at_ms`."""

    at_ms: int
    entry: Entry


class CardOf(NamedTuple):
    """Charges that name this payment are of that card."""

    at_ms: int
    payment_id: str
    card_id: str


def lessons(event: Event, rules: RuleSet) -> Iterator[Lesson | CardOf]:
    """Nothing of an order that nobody has judged."""
    data = event.data
    if not isinstance(data, PaymentData) or data.risk is None:
        return
    at_ms = milliseconds(event.time)
    if data.state == states.DECLINED and data.risk.ip_id is not None:
        entry = Entry(f"failed:ip:{data.risk.ip_id}", data.attempt_ref, rules.window_ms("failed_attempts"), add=True)
        yield Lesson(at_ms, entry)
    if data.state == states.APPROVED:
        yield from _paid(at_ms, data, data.risk)


def _paid(at_ms: int, data: PaymentData, risk: RiskData) -> Iterator[Lesson | CardOf]:
    if data.customer is not None:
        for place in filter(None, (risk.country, risk.ip_country)):
            yield Lesson(at_ms, Entry(f"places:{data.customer}", place, HISTORY_MS, add=True))
        hour = (risk.at_ms + risk.offset_min * 60_000) // 3_600_000 % 24
        yield Lesson(at_ms, Entry(f"hours:{data.customer}", str(hour), HISTORY_MS, add=True))
    if data.card_id is not None and data.payment_id is not None:
        yield CardOf(at_ms, data.payment_id, data.card_id)


def milliseconds(moment: datetime) -> int:
    """Since 1970 UTC."""
    return round(moment.timestamp() * 1000)
