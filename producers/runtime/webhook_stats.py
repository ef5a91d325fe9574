"""How outbound webhooks stand, read from Redis as their process left it there: a hash of numbers of each endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What is told of each endpoint; `since_ms` is when the first of those came that wait, 0 where none does.
DELIVERED, FAILED, WAITING, SINCE_MS, DISABLED = "delivered", "failed", "waiting", "since_ms", "disabled"


@dataclass(frozen=True, slots=True)
class WebhookStats:
    """Tries of an endpoint that succeeded and failed, events that wait and since when, and whether it is disabled."""

    delivered: int
    failed: int
    waiting: int
    oldest_age_s: float
    disabled: int


def field(endpoint: str, number: str) -> str:
    """The hash's field of that number."""
    return f"{endpoint}:{number}"


def endpoint_of(name: str) -> str:
    """Whose number that field holds."""
    return name.partition(":")[0]


def webhook_stats(left: Mapping[bytes, bytes], now_ms: int) -> dict[str, WebhookStats]:
    """What the hash tells, by endpoint."""
    numbers = {name.decode(): int(value) for name, value in left.items()}

    def stats(endpoint: str) -> WebhookStats:
        delivered, failed, waiting, since_ms, disabled = (
            numbers.get(field(endpoint, name), 0) for name in (DELIVERED, FAILED, WAITING, SINCE_MS, DISABLED)
        )
        return WebhookStats(delivered, failed, waiting, max(0, now_ms - since_ms) / 1000 if since_ms else 0.0, disabled)

    return {endpoint: stats(endpoint) for endpoint in sorted({endpoint_of(name) for name in numbers})}
