"""What goes wrong at the demo's gateway: about one payment in thirteen, chosen by the seed."""

from __future__ import annotations

from typing import Final

from cardinity_client.sandbox import Rule

#: Milliseconds of every answer: a fast gateway's. A real one takes 300 to 1500.
LATENCY_MS: Final = 50

#: Which fault strikes which share of all requests: first those that charge, then those that do not.
RULES: Final = (
    Rule("charge_then_hang", rate=0.010),
    Rule("charge_then_reset", rate=0.010),
    Rule("charge_then_close", rate=0.005),
    Rule("http_500_after", rate=0.008),
    Rule("truncated_json", rate=0.005),
    Rule("reset_before", rate=0.008),
    Rule("close_before", rate=0.005),
    Rule("http_500_before", rate=0.005),
    Rule("http_503_before", rate=0.005),
    Rule("slow_answer", rate=0.010, delay_ms=700),
    Rule("processing", rate=0.005, delay_ms=500),
)

#: While the demo stays: those after which the gateway has the payment. What it has not would wait for a human, by the
#: hundred.
STAYING_RULES: Final = tuple(rule for rule in RULES if not rule.fault.endswith("_before"))


def doubtful(order_id: str, *, charged: bool) -> tuple[Rule, ...]:
    """Nobody answers for this order, and the gateway's list does not show it: it was not charged, or is left out."""
    if not charged:
        return (Rule("http_500_before", order_id=order_id),)
    return Rule("http_500_after", order_id=order_id), Rule("list_missing_row", order_id=order_id)
