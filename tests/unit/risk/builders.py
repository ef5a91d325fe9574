"""Orders and facts as risk rules see them; a test says only what is different about its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workers.risk.asked import Asked
from workers.risk.rules import DEFAULT, Facts, Limits, RuleSet

#: 15 January 2026, 10:00 UTC.
AT_MS = 1_768_471_200_000

FACTS = Facts(amount_minor=2550, currency="EUR", country="LT", hour=12)
ASKED = Asked("ORD-1", AT_MS, "default", "LT", 2550, "EUR", "cust-42", "k1.card", "k1.ip", None, 120)


def facts(**changes: Any) -> Facts:
    """Of an ordinary order."""
    return replace(FACTS, **changes)


def asked(**changes: Any) -> Asked:
    """An ordinary order."""
    return replace(ASKED, **changes)


def rules(modes: Mapping[str, str] | None = None, **limits: Mapping[str, int]) -> RuleSet:
    """The shipped rules with other modes and limits."""
    uses = dict(DEFAULT.uses)
    for name, mode in (modes or {}).items():
        uses[name] = replace(uses[name], mode=mode)  # type: ignore[arg-type]
    for name, numbers in limits.items():
        before = uses[name].limits
        uses[name] = replace(uses[name], limits=Limits({**before.numbers, **numbers}, before.amounts))
    return replace(DEFAULT, uses=uses)
