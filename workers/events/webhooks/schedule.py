"""When a delivery is tried again, when an endpoint is let rest, and when it is given up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

#: Seconds after each failed try until the next one: 13 tries in a day, most of them in its first hours.
RETRIES_S: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 14_400, 14_400, 14_400, 14_400)
#: The jitter: what failed together is not tried together.
JITTER: Final = (0.9, 1.1)
#: The longest wait that an endpoint may ask for (`Retry-After`).
ASKED_MAX_S: Final = 14_400

#: Failures in a row after which an endpoint gets one request at a time, with a rest between them.
FAILING: Final = 5
REST_FIRST_S, REST_MAX_S = 1.0, 300.0
#: Failures in a row, and how long nothing has succeeded, until an endpoint is disabled.
DISABLED_AFTER, DISABLED_AFTER_S = 20, 86_400
#: What a receiver answers that wants no more (Standard Webhooks).
GONE: Final = 410

#: Why an endpoint is disabled.
BY_FAILURES, BY_ITSELF, BY_OPERATOR = "failing", "gone", "operator"


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint stands. Disabled where `disabled_at_ms` is set."""

    failures: int = 0
    failing_since_ms: int | None = None
    disabled_at_ms: int | None = None
    disabled_because: str | None = None


def next_try_ms(tries: int, now_ms: int, chance: float, asked_s: int = 0) -> int | None:
    """When to try again after so many failed tries; None: never. `chance` is from 0 to 1."""
    if tries > len(RETRIES_S):
        return None
    least, most = JITTER
    wait_s = RETRIES_S[tries - 1] * (least + chance * (most - least))
    return now_ms + int(max(wait_s, min(asked_s, ASKED_MAX_S)) * 1000)


def after(health: Health, succeeded: Sequence[tuple[bool, str]], now_ms: int) -> Health:
    """How it stands after these tries, each with what was answered."""
    for success, answer in succeeded:
        if success:
            health = replace(health, failures=0, failing_since_ms=None)
            continue
        since_ms = now_ms if health.failing_since_ms is None else health.failing_since_ms
        health = replace(health, failures=health.failures + 1, failing_since_ms=since_ms)
        if health.disabled_at_ms is not None:
            continue
        if answer == str(GONE):
            health = replace(health, disabled_at_ms=now_ms, disabled_because=BY_ITSELF)
        elif health.failures >= DISABLED_AFTER and now_ms - since_ms >= DISABLED_AFTER_S * 1000:
            health = replace(health, disabled_at_ms=now_ms, disabled_because=BY_FAILURES)
    return health


def rest_s(failures: int) -> float:
    """How long an endpoint rests after that many failures in a row."""
    if failures < FAILING:
        return 0.0
    return float(min(REST_FIRST_S * 2 ** min(failures - FAILING, 30), REST_MAX_S))
