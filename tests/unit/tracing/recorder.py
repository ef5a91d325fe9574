"""Spans that stay here, and calls as their constructors make them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cardinity_client.money import Money
from producers.contract.events import encode, event_id, payment_event
from producers.contract.trace_ids import trace_ids
from producers.runtime.ledger import calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Accepted, CalledBack, Claimed, Exists, Moved, NotYours, Poison
from producers.runtime.tracing.spans import Span

EPOCH = "e" * 32
ORDER = "ORD-1"
TOKEN = "a" * 32
IDS = trace_ids(EPOCH, ORDER)


@dataclass
class Recorder:
    """Keeps every span; `wanted` is whether any is."""

    wanted: bool = True
    spans: list[Span] = field(default_factory=list)

    def samples(self, trace_id: int) -> bool:
        return self.wanted

    def add(self, span: Span) -> None:
        self.spans.append(span)

    def named(self, name: str) -> Span:
        """The only one that is called so."""
        (span,) = [span for span in self.spans if span.name == name]
        return span


def event(state: str) -> bytes:
    """The event of the order entering that state."""
    told = payment_event(
        state=state, order_id=ORDER, attempt_ref=ORDER, account="default", producer="shop",
        amount=Money(1000, "EUR"), time_ms=1,
    )  # fmt: skip
    return encode(told)


def accept(**fields: str) -> Call[Accepted | Exists]:
    content = {"amount_minor": "1000", "currency": "EUR", "account": "default", "batch": "", **fields}
    return calls.accept(ORDER, content, grace_ms=0)


def claim() -> Call[Claimed | Poison | CalledBack | NotYours]:
    return calls.claim(ORDER, TOKEN, "w1", lease_ms=1, claims_max=5, presence_ms=1)


def settle(to: str, reason: str, **fields: str) -> Call[Moved | NotYours]:
    return calls.settle(
        ORDER, TOKEN, allowed=("sending",), to=to, event_id=event_id(ORDER, to), event=event(to), detail=reason,
        fields=fields,
    )  # fmt: skip


def row(**fields: str) -> Record:
    """The order's row, claimed for the first time."""
    content = {"amount_minor": "1000", "currency": "EUR", "account": "default", "claims": "1", "created_at": "1000"}
    return Record(ORDER, {name: text.encode() for name, text in {**content, **fields}.items()})
