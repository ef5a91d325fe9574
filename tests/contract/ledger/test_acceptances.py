"""That an order was accepted is told of what its row holds, byte for byte as the product writes events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cardinity_client.money import EXPONENTS
from producers.contract.events import decode
from producers.runtime.ledger import calls, due_calls
from tests.contract.ledger.pair import BEGIN_MS, Pair

ROW: dict[str, Any] = {"account": "default", "producer": "shop", "ref": "ORD-1", "batch": ""}
#: Ends of years, leap days that are there and that are not, and moments around the second.
MOMENTS = (
    "1970-01-01T00:00:00", "1999-12-31T23:59:59.999000", "2000-02-29T12:00:00.001000", "2024-02-29T23:59:59",
    "2026-02-28T23:59:59.100000", "2026-03-01T00:00:00", "2027-12-31T01:02:03.040000", "2100-02-28T23:59:59",
    "2100-03-01T00:00:00", "2400-02-29T00:00:00",
)  # fmt: skip
ROWS: tuple[dict[str, Any], ...] = (
    {},
    {"country": "LT", "last4": "1111", "batch": "2026-01-15"},
    {"customer": 'Zoë "A/B" \\/ \\\\ \t\n\x01 end'},
    {"kind": "refund", "parent": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ref": "cb-abc"},
    {"kind": "void", "currency": "XXX", "amount_minor": "0"},
    {"kind": "link", "country": "", "ends_at": "", "ref": "cb-abc"},
)


async def told(pair: Pair, **fields: Any) -> None:
    """An order with these fields is accepted and told, by both alike."""
    row = {"amount_minor": "1000", "currency": "EUR", **ROW, **fields}
    await pair.run(calls.accept("ORD-1", row, grace_ms=0))
    real, double = await pair.run(due_calls.sweep(limit=0, grace_ms=0, grace_max_ms=0, tell=1))
    assert real.told == double.told == 1
    real, double = pair.events()
    assert real == double
    (name, event) = real[0]
    assert decode(event).id == name == f"{row['ref']}:accepted"


@pytest.mark.parametrize("fields", ROWS)
async def test_of_every_kind(pair: Pair, fields: dict[str, Any]) -> None:
    """Charges, what follows a payment, links; and texts that JSON writes otherwise."""
    await told(pair, **fields)


@pytest.mark.parametrize("at", MOMENTS)
async def test_at_any_time(pair: Pair, at: str) -> None:
    """To the millisecond."""
    pair.advance(int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000) - BEGIN_MS)
    await told(pair)


@pytest.mark.parametrize("minor", ["1", "10", "1234567"])
@pytest.mark.parametrize("currency", ["EUR", *(name for name, digits in EXPONENTS.items() if digits != 2)])
async def test_in_any_currency(pair: Pair, currency: str, minor: str) -> None:
    """With the decimals that it has."""
    await told(pair, currency=currency, amount_minor=minor)
