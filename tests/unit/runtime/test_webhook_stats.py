"""What the process of outbound webhooks left for metrics, read by endpoint. Pure."""

from __future__ import annotations

from producers.runtime.webhook_stats import WebhookStats, field, webhook_stats


def test_numbers_are_read_by_endpoint() -> None:
    """What was not told yet is zero, and an age is since the first that waits."""
    left = {"shop:delivered": 7, "shop:waiting": 2, "shop:since_ms": 1_000, "shop:disabled": 1, "other:failed": 3}
    found = webhook_stats({name.encode(): str(value).encode() for name, value in left.items()}, 3_500)
    assert found == {"other": WebhookStats(0, 3, 0, 0.0, 0), "shop": WebhookStats(7, 0, 2, 2.5, 1)}
    assert field("shop", "waiting") == "shop:waiting"
