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
