"""A charge, and what a gateway would say to it."""

import json
from typing import Any

from cardinity_client import Card, CreatePayment, Money, Secret

PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
JSON = {"content-type": "application/json"}
CARD = Card(Secret("4111111111111111"), 4, 2031, Secret("123"), "Ona Petraityte")


def charge(order_id: str = "ORD-1", amount: str = "10.00", currency: str = "EUR") -> CreatePayment:
    """A charge of a test card."""
    return CreatePayment(order_id, Money.parse(amount, currency), "LT", None, CARD)


def payment_row(request: CreatePayment | None = None, /, **changes: Any) -> dict[str, Any]:
    """The payment object that approves `request`; a member changed to `...` is left out."""
    request = request or charge()
    row = {
        "id": PAYMENT_ID,
        "amount": request.amount.text,
        "currency": request.amount.currency,
        "created": "2026-01-15T10:00:00.123Z",
        "type": "purchase",
        "live": False,
        "status": "approved",
        "order_id": request.order_id,
        "country": request.country,
        "payment_method": "card",
        "payment_instrument": {"card_brand": "Visa", "pan": "1111", "exp_year": 2031, "exp_month": 4},
    } | changes
    return {name: value for name, value in row.items() if value is not ...}


def error_row(status: int, /, **changes: Any) -> dict[str, Any]:
    """The gateway's error object."""
    return {
        "type": f"https://developers.cardinity.com/api/v1/#{status}",
        "title": "Validation Failed",
        "status": status,
        "detail": "The request has 1 validation errors.",
        "errors": [{"field": "currency", "rejected": "EGR", "message": "invalid or unsupported currency"}],
    } | changes


def encoded(value: object) -> bytes:
    """JSON as the gateway writes it."""
    return json.dumps(value).encode()
