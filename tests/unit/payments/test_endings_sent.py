"""What an outcome's event tells of how it was sent. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producers.contract.events import PaymentData, decode
from producers.runtime.ledger.record import Record
from workers.payments.endings import end

#: 2026-01-15T09:59:59.400Z.
SENT_MS = 1_768_471_199_400


def told(record: Record, to: str, reason: str) -> PaymentData:
    event = decode(bytes(end(record, to, reason).args[5]))  # type: ignore[arg-type]
    assert isinstance(event.data, PaymentData)
    return event.data


def claimed(claims: str = "1", **fields: str) -> Record:
    """The order as its worker has it: what its row said when it was claimed."""
    values = {"ref": "ORD-1", "token": "t", "amount_minor": "1000", "currency": "EUR", "claims": claims, **fields}
    return Record("ORD-1", {name: value.encode() for name, value in values.items()})


def test_the_worker_that_sent_tells_when() -> None:
    """By the ledger's clock, which wrote the intent; one claim is not worth a word."""
    data = told(claimed().promised(SENT_MS), "unknown", "timeout")
    assert (data.sent_at, data.claims) == (datetime(2026, 1, 15, 9, 59, 59, 400_000, tzinfo=UTC), None)


@pytest.mark.parametrize("state", ["unknown", "pending", "parked"])
def test_whoever_settles_it_later_tells_it_too(state: str) -> None:
    """The row knows, and how often it was claimed."""
    data = told(claimed("3", state=state, intent_at=str(SENT_MS)), "declined", "declined")
    assert (data.sent_at, data.claims) == (datetime(2026, 1, 15, 9, 59, 59, 400_000, tzinfo=UTC), 3)


@pytest.mark.parametrize("state", ["", "accepted", "claimed"])
def test_what_was_given_back_unsent_was_not_sent(state: str) -> None:
    """An intent of before, after which nothing left, stays in the row and says nothing."""
    assert told(claimed(state=state, intent_at=str(SENT_MS)), "expired", "expired").sent_at is None
