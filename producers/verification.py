"""Whether everything that tells of an order tells the same: its row, the envelope or the hash that its producer signed,
and what the gateway shows. Pure; who asks brings the row, the producer's keys and the gateway's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cardinity_client import Payment
from cardinity_client.models.follow_ups import Refund, Settlement, Void
from producers.contract import states
from producers.contract.card_fields import Mode
from producers.contract.envelope import Facts, differences
from producers.contract.follow_ups import description_with
from producers.contract.integrity import Bound, holds, read_stated
from producers.contract.keys import Producer
from producers.contract.names import FOLLOW_UPS
from producers.runtime.ledger.record import Record

#: What the gateway calls an order in these states. In others it is not said yet, or nothing was made.
_STATUSES: Final[Mapping[str, str]] = {states.APPROVED: "approved", states.DECLINED: "declined"}

#: What the gateway shows of an order.
Shown = Payment | Refund | Settlement | Void
Signed = Literal["agrees", "differs", "absent", "foreign"]
Sealed = Literal["agrees", "differs", "erased", "foreign"]
Told = Literal["agrees", "differs", "none", "not_asked"]


@dataclass(frozen=True, slots=True)
class Verification:
    """How a row stands beside its hash, its envelope, and what the gateway shows.

    `absent`: the row is of a release without hashes, or goes on for another order. `foreign`: the keys of its producer
    are not here. `erased`: the envelope went with the outcome. `none`: nothing was made that could be shown. `fields`
    names what differs and where.
    """

    order_id: str
    state: str
    integrity: Signed
    envelope: Sealed
    gateway: Told
    fields: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.fields


def verify(
    record: Record, producer: Producer | None, shown: Shown | None, *, mode: Mode, asked: bool = True
) -> Verification:
    """`shown` is what the gateway has of the order; None where it has nothing, or was not `asked`."""
    facts = facts_of_record(record, mode)
    signed, (sealed, envelope_fields) = _signed(record, producer, facts), _sealed(record, producer, facts)
    gateway_fields = _differing(record, shown) if shown else ("missing",) if asked and made_of(record) else ()
    fields = (
        *(("integrity",) if signed == "differs" else ()),
        *(f"envelope.{name}" for name in envelope_fields),
        *(f"gateway.{name}" for name in gateway_fields),
    )
    told: Told = "differs" if gateway_fields else "agrees" if shown else "none" if asked else "not_asked"
    return Verification(record.order_id, record.state, signed, sealed, told, fields)


def facts_of_record(record: Record, mode: Mode) -> Facts:
    """What a row says that its envelope must say, too."""
    return Facts(
        producer=record.text("producer"),
        order_id=record.sealed_for,
        amount=record.amount,
        account=record.account,
        country=record.text("country"),
        description=record.text("description") or None,
        expires_at_ms=record.number("expires_at") or None,
        mode=mode,
        settle=record.settle,
        suffix=record.text("suffix") or None,
        two_phase=record.asks_two_phase,
        further=record.further,
        customer=record.text("customer") or None,
        customer_ip=record.text("customer_ip") or None,
    )


def bound_of(content: Mapping[str, str]) -> Bound:
    """What the hash is made of beside the header."""
    return Bound(content.get("kind", ""), content.get("parent", ""), content.get("instrument", ""))


def _signed(record: Record, producer: Producer | None, facts: Facts) -> Signed:
    stated = read_stated(record.text("integrity"))
    if not record.text("integrity"):
        return "absent"
    if producer is None:
        return "foreign"
    bound = bound_of({name: record.text(name) for name in Bound._fields})
    return "agrees" if stated and any(holds(stated, facts, bound, key) for key in producer.keys) else "differs"


def _sealed(record: Record, producer: Producer | None, facts: Facts) -> tuple[Sealed, tuple[str, ...]]:
    if not record.envelope:
        return "erased", ()
    if producer is None:
        return "foreign", ()
    fields = differences(record.envelope, producer, facts)
    return ("differs", fields) if fields else ("agrees", ())


def _differing(record: Record, shown: Shown) -> tuple[str, ...]:
    """In what the gateway made something else than was asked for, or tells another end than the ledger does."""
    description = record.text("description") or None
    if record.kind:
        description = description_with(record.ref, description)
    status = _STATUSES.get(record.state)
    # Where another order went on, its payment is shown: under its name, or, of a link, under none.
    by_link = bool(record.successor) and not record.kind and shown.order_id is None
    found = {
        "order_id": record.kind or by_link or shown.order_id in (record.ref, record.successor),
        "amount": isinstance(shown, Void) or shown.amount == record.amount,  # a void has none
        "description": by_link or (shown.description or None) == description,
        "status": status is None or shown.status == status,
    }
    return tuple(name for name, same in found.items() if not same)


def made_of(record: Record) -> str:
    """The gateway's id of what the order made: a payment, or what follows one. Empty where it made nothing."""
    return record.text("follow_up_id" if record.kind in FOLLOW_UPS else "payment_id")
