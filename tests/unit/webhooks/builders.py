"""Endpoints and deliveries for tests."""

from __future__ import annotations

from typing import Any

from cardinity_client.secret import Secret
from workers.events.webhooks.deliveries import Delivery
from workers.events.webhooks.endpoints import TYPES, Endpoint

KEY = Secret(b"k" * 32)


def an_endpoint(name: str = "shop", **given: Any) -> Endpoint:
    """One that is told of everything."""
    facts: dict[str, Any] = {
        "url": f"https://{name}.example/hooks", "host": f"{name}.example", "port": 443, "keys": (KEY,), "types": TYPES,
        "accounts": frozenset(), "enabled": True, "concurrency": 2, "local": False, **given,
    }  # fmt: skip
    return Endpoint(name=name, **facts)


def a_delivery(event_id: str = "ORD-1:approved", tries: int = 0) -> Delivery:
    """One that is due."""
    return Delivery("shop", event_id, event_id.partition(":")[0], b"{}", tries)
