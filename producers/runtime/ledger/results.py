"""What the ledger may answer: the values that calls come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from producers.runtime.ledger.record import Record


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row was created by this call."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Exists:
    """Somebody was first; this is what the order is now."""

    record: Record


@dataclass(frozen=True, slots=True)
class Claimed:
    """The caller holds the order until its lease ends. The record has the fields of `BRIEF`, and the token."""

    record: Record


@dataclass(frozen=True, slots=True)
class Poison:
    """Claimed too often without ever being sent; nobody may claim it again (rule R9). The record as in `Claimed`."""

    record: Record


@dataclass(frozen=True, slots=True)
class CalledBack:
    """It, or its batch, was called back before it was sent; the caller ends it. The record as in `Claimed`; `why` is
    `withdrawn` or `cancelled`."""

    record: Record
    why: str


@dataclass(frozen=True, slots=True)
class NotYours:
    """The order is not this caller's to act on: `missing`, `busy`, `held_back`, `paused`, `cancelled`, `withdrawn`,
    `stale`, `late` for a charge that comes to light once another verdict stands or another order goes on, `expired`,
    `unconfirmed` without another operator's word, `contradicted` where the list has shown a payment that speaks against
    it, or `overtaken` where it has shown one of the order that this one goes on for."""

    why: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A word that the parked order may be sent once more stands: that of this operator."""

    by: str


@dataclass(frozen=True, slots=True)
class Granted:
    """One request may leave. `sequence` counts intents over the ledger's life; it never goes back."""

    intent_at_ms: int
    credits_left: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Leased:
    """So many charges may start; with none, when to ask again (s). `rate` is the account's present one, per second."""

    count: int
    wait_s: float
    rate: float


@dataclass(frozen=True, slots=True)
class NoCredit:
    """The mirror has not read the gateway's list often enough for one more POST to stay findable. `sequence` as in
    `Granted`."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The order is in `state`; it came from `before`, which is empty when this same call had moved it earlier, and at
    the end of an order that goes on for another, which is counted with that one.

    `duplicates` counts other approved charges of the order.
    """

    state: str
    duplicates: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The customer's answer is kept, as the `number`th of its order; the order as it stands."""

    number: int
    record: Record


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It is not: `missing` (then there is no record), `no_step`, `other_version` or `too_many`."""

    why: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Trying:
    """This worker may tell the gateway the answer; so many have perhaps done so before."""

    tries: int


class Waking(NamedTuple):
    """An order to enqueue, by the number of its wake-up call; one of a `batch` is nobody's to wait for."""

    order_id: str
    number: int
    batch: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What a sweep found: orders to enqueue, attempts past their time, how many orders were to be told as accepted."""

    enqueue: tuple[Waking, ...]
    overdue: tuple[str, ...]
    told: int = 0


@dataclass(frozen=True, slots=True)
class Present:
    """The ledger's clock, how many orders this worker holds, and the number of intents so far."""

    at_ms: int
    held: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A list read that counts from `at_ms`, the credits that were left before it, and the number of intents so far."""

    at_ms: int
    credits_left: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Sighted:
    """How many rows of a page were ours, orders that were to cost nothing and of which one shows a payment, and orders
    that are approved by another payment: those are paid twice.
    """

    ours: int
    alarms: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The coverage journal as it is written (empty: none), the order, and the rows seen of it by payment id."""

    journal: bytes
    record: Record
    rows: tuple[tuple[str, str], ...]
