"""From what a caller gives to what the ledger is asked: parsed wishes, sealed acceptances. No I/O once it is made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from producers.acceptance import Acceptance, Order, prepare
from producers.contract.commands import parse_charge
from producers.contract.follow_ups import parse_follow_up
from producers.contract.keys import Producer
from producers.contract.links import parse_link
from producers.contract.splits import parse_split
from producers.contract.wishes import Wish
from producers.errors import OrderConflict, OrderUnknown
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Exists, NotYours
from producers.runtime.queue import Enqueue, WakeUp, in_calls
from producers.runtime.settings import Settings
from producers.splits.accepting import SplitAcceptance, SplitPart, prepare_split
from producers.vault import Sealer
from producers.verification import Shown, Verification, verify

#: Pauses of `wait`, seconds: first, and at the most.
LOOK_FIRST_S, LOOK_MAX_S = 0.02, 0.5


class Intake:
    """What both faces of the API know. Key files are read once, when it is made; that of the
    public key again when it is replaced."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sealer = Sealer.from_settings(settings)

    @property
    def producer(self) -> Producer:
        """Ourselves, as workers know us: who checks what we signed."""
        key = self.sealer.signing_keys.producer_key
        return Producer(key.producer, (key.key,), frozenset())

    def verification(self, record: Record, shown: Shown | None, *, asked: bool) -> Verification:
        """How one of our orders stands beside its hash, its envelope and what the gateway shows of it."""
        producer = self.producer if record.text("producer") == self.sealer.producer else None
        return verify(record, producer, shown, mode=self.settings.cardinity_mode, asked=asked or shown is not None)

    def charge(self, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of the charge that the fields mean. Raises InvalidCommand."""
        now_ms = int(time.time() * 1000)
        return self.acceptance_of(parse_charge(fields, now_ms=now_ms, mode=self.settings.cardinity_mode))

    def follow_up(self, kind: str, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of what the fields mean for that kind (`names.FOLLOW_UPS`). Raises InvalidCommand."""
        return self.acceptance_of(parse_follow_up(kind, fields, now_ms=int(time.time() * 1000)))

    def link(self, fields: Mapping[str, object]) -> Acceptance:
        """The acceptance of the link that the fields mean. Raises InvalidCommand."""
        return self.acceptance_of(parse_link(fields, now_ms=int(time.time() * 1000)))

    def split(self, fields: Mapping[str, object]) -> SplitAcceptance:
        """The acceptance of the payment in parts that the fields mean. Raises InvalidCommand."""
        now_ms = int(time.time() * 1000)
        split = parse_split(fields, now_ms=now_ms, mode=self.settings.cardinity_mode)
        parts = [self.acceptance_of(part.charge) for part in split.parts]
        return prepare_split(split, parts, self.sealer, grace_ms=int(self.settings.due_grace_s * 1000))

    def acceptance_of(self, order: Wish, batch: str = "") -> Acceptance:
        """The acceptance of a parsed order; it expires after ORDER_TTL_S unless it says otherwise."""
        now_ms = int(time.time() * 1000)
        grace_ms = int(self.settings.due_grace_s * 1000)
        if order.expires_at_ms is None:
            order = order.expiring(now_ms + int(self.settings.order_ttl_s * 1000))
        return prepare(order, self.sealer, now_ms=now_ms, grace_ms=grace_ms, batch=batch)

    def conflict_with(self, order: Wish, record: Record) -> OrderConflict | None:
        """Why the order cannot be accepted beside the one that has its order_id; None when they are the same."""
        try:
            self.acceptance_of(order).told(Exists(record))
        except OrderConflict as conflict:
            return conflict
        return None


def replicas_of(settings: Settings) -> dict[str, int]:
    """Who must confirm an accept before the caller hears of it."""
    return {
        "replicas": settings.ledger_replicas,
        "replicas_wait_ms": int(settings.ledger_replicas_wait_s * 1000),
    }


def wake_ups(orders: Sequence[Order | SplitPart], batch: str = "") -> Iterator[Enqueue]:
    """What wakes a worker for those of the orders that nobody has taken yet. Whoever asks for a single order of a batch
    again waits for it."""
    now_ms = int(time.time() * 1000)
    behind = bool(batch)
    return in_calls([WakeUp(order.order_id, now_ms, batch=behind) for order in orders if order.state == "accepted"])


def row_of(order_id: str) -> str:
    """The key of the order's row; text that no key can be made of names no order."""
    if not str(order_id).isascii():
        raise OrderUnknown(order_id)
    return keys.order(order_id)


def withdrawal(order_id: str, *, link: bool = False) -> Call[Record | NotYours]:
    """The call that keeps the wish that the order is not sent, or that its link is deleted."""
    row_of(order_id)
    return calls.withdraw(str(order_id), link=link)


def asks(order: Order) -> bool:
    """Whether its customer must be sent somewhere: to the bank, or to a link."""
    return order.continuation is not None or order.link_url is not None
