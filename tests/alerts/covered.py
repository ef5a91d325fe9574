"""Faults of the catalogue that nobody recorded, by one that was and that is the same to those who look at numbers.

Names stand here in full. A fault that is new is in no line, and has to be recorded, or likened to one that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tests.alerts.recording import FOLDER
from tests.house.watching.alarming import RAISED, Raised

RECORDED: Final = sorted(FOLDER.glob("*.json"))
#: What is recorded, what is like it, and why.
_ALIKE: Final = (
    # A caller is lost: nothing of ours dies, and it calls again.
    ("producer-kill-P1", "producer-kill-P2 producer-kill-P3"),
    ("producer-stop-P1", "producer-stop-P2 producer-stop-P3"),
    # A worker is lost before its promise: another claims what it had, when the lease is over.
    ("worker-kill-W1", "worker-kill-W2"),
    ("worker-stop-W1", "worker-stop-W2"),
    ("worker-term-W1", "worker-term-W2"),
    # After it: what became of the request is found out; whether it had left, no number says.
    ("worker-kill-W3", "worker-kill-W4 worker-kill-W5 worker-kill-W6 worker-kill-W7 worker-kill-W8"),
    ("worker-stop-W3", "worker-stop-W4 worker-stop-W5 worker-stop-W6 worker-stop-W7 worker-stop-W8"),
    ("worker-term-W3", "worker-term-W4 worker-term-W5 worker-term-W6 worker-term-W7 worker-term-W8"),
    ("worker-term-W9", "worker-term-W10"),
    ("worker-stop-W9", "worker-stop-W10"),
    # At an order that waits for its customer, for its second phase, or on a link.
    ("worker-kill-W13", "worker-kill-W14"),
    ("worker-kill-W17", "worker-kill-W18"),
    ("worker-stop-W12", "worker-stop-W13 worker-stop-W14 worker-stop-W15 worker-stop-W17"),
    ("worker-stop-W12", "worker-stop-W18"),
    ("worker-term-W15", "worker-term-W12 worker-term-W13 worker-term-W14 worker-term-W16 worker-term-W17"),
    ("worker-term-W15", "worker-term-W18"),
    # What is over after seconds in a campaign is not over here: the long one is the short one.
    ("redis-kill", "redis-kill-long"),
    ("redis-freeze", "redis-freeze-long"),
    # A lost reply is asked for again by the same code, whatever was asked, and a lost request is.
    ("redis-reply-lost-claim", "redis-reply-lost-release redis-reply-lost-try-answer"),
    ("redis-reply-lost-accept", "redis-request-lost-accept"),
    ("redis-reply-lost-fetch", "redis-reply-lost-ack redis-request-lost-ack"),
    ("redis-reply-lost-intent", "redis-request-lost-intent"),
    ("redis-reply-lost-settle", "redis-request-lost-settle"),
    # Nothing comes back from the gateway.
    ("net-gateway-cut-1s", "net-gateway-cut-3s net-gateway-cut-8s"),
    ("gateway-latency", "net-gateway-slow"),
    # Answers that leave the order unknown: classify makes one class of them, and the breaker counts them as one.
    ("gateway-charge-then-reset", "gateway-charge-then-close gateway-truncated-json gateway-short-body"),
    ("gateway-charge-then-reset", "gateway-bad-chunk gateway-empty-201 gateway-duplicate-keys"),
    ("gateway-oversized-body", "gateway-gzip-bomb gateway-deep-json"),
    ("gateway-reset-before", "gateway-close-before"),
    ("gateway-http-503-after", "gateway-http-500-after gateway-http-502-after gateway-http-504-after"),
    ("gateway-wrong-amount-in-body", "gateway-wrong-currency-in-body"),
    # A disk that refuses: in which call, only the log says. Nothing can be made read-only while files of it are open.
    ("disk-full-state", "disk-read-only-state"),
    # Messages that cannot be read are put aside, envelopes that do not open end their order, by one rule each.
    ("input-random-bytes", "input-wrong-schema input-steering-options input-nested"),
    ("input-swapped-envelopes", "input-flipped-envelopes input-cut-envelopes"),
)
LIKE: Final[Mapping[str, str]] = {name: recorded for recorded, names in _ALIKE for name in names.split()}


def seen_as(fault: str) -> str:
    """The recording that stands for it; empty where there is none."""
    names = _recorded()
    return fault if fault in names else like if (like := LIKE.get(fault, "")) in names else ""


def row_of(fault: str) -> Raised:
    """What is told of it."""
    return next(row for row in RAISED if row.fits(fault))


def idle() -> Iterator[str]:
    """Lines above that nobody needs: what was recorded itself, and what is likened to nothing that was."""
    names = _recorded()
    return (f"{name}: {like}" for name, like in LIKE.items() if name in names or like not in names)


def _recorded() -> frozenset[str]:
    return frozenset(path.stem for path in RECORDED)
