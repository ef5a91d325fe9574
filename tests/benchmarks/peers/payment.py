"""One payment, as every peer is given it, asks the gateway for it and writes down what came of it.

Runs in the peers' environment: nothing of the product may be imported here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from oauthlib.oauth1 import Client

GATEWAY = os.environ.get("BENCH_GATEWAY", "")
REDIS = os.environ.get("BENCH_REDIS", "")
PAYMENTS_URL = f"{GATEWAY}/payments"
#: Where the queue is, and where a claim, a result and the stream of events are.
QUEUE_URL = f"{REDIS}/{os.environ.get('BENCH_QUEUE_DB', '0')}"
RESULTS_URL = f"{REDIS}/1"
EVENTS = "bench:events"
CONSUMER_KEY, CONSUMER_SECRET = "test_sandbox_key", "sandbox-secret"
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}

_signer = Client(CONSUMER_KEY, CONSUMER_SECRET)


def payment(number: int) -> dict[str, Any]:
    """The body of a charge: also the message, for peers know no sealed card."""
    return {
        "order_id": f"BENCH-{number}",
        "amount": "10.00",
        "currency": "EUR",
        "country": "LT",
        "settle": True,
        "payment_method": "card",
        "payment_instrument": {
            "pan": "4111111111111111",
            "exp_month": 4,
            "exp_year": 2031,
            "cvc": "123",
            "holder": "Ona Petraityte",
        },
    }


def signed() -> dict[str, str]:
    """The headers of one charge, signed as OAuth 1.0 wants it."""
    headers: dict[str, str] = _signer.sign(PAYMENTS_URL, "POST", headers=HEADERS)[1]
    return headers


def claim_key(wish: Mapping[str, Any]) -> str:
    """Whoever sets it first charges the order."""
    return f"bench:claim:{wish['order_id']}"


def result_key(wish: Mapping[str, Any]) -> str:
    """Where the order's result is kept."""
    return f"bench:result:{wish['order_id']}"


def event(wish: Mapping[str, Any], told: Mapping[str, Any]) -> dict[Any, Any]:
    """What is kept and told of a result."""
    return {"order_id": wish["order_id"], "payment_id": told["id"], "status": told["status"], "amount": told["amount"]}
