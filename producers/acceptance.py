"""From a wish to a ledger row, and from the ledger's answer to what the caller is told. Pure; no Redis, no clock.

The synchronous and the asyncio `Enqueuer` share everything here and differ only in how they wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cardinity_client import PaymentReference
from cardinity_client.money import Money
from producers.contract import states
from producers.contract.commands import BRIDGE, Charge
from producers.contract.continuation import Continuation, continuation_from
from producers.contract.fingerprint import instrument_fingerprint
from producers.contract.follow_ups import FollowUp, token_of
from producers.contract.links import LinkOrder
from producers.contract.names import LINK
from producers.contract.succession import backup_of, bridge_of
from producers.contract.wishes import Wish
from producers.errors import FieldError, InvalidCommand, OrderConflict, OrderUnknown
from producers.moments import rfc3339
from producers.runtime.ledger import calls, tombstones
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.record import CONTENT_FIELDS, Record
from producers.runtime.ledger.results import Accepted, Exists, NotYours
from producers.vault import Sealer
from producers.verification import bound_of

#: Fields of a row that callers know by another name.
_PUBLIC: Final = {
    "amount_minor": "amount",
    "instrument": "payment_instrument",
    "parent": "payment_id",
    "suffix": "statement_descriptor_suffix",
    "two_phase": "mode",
    "direct": "mode",
    "ends_at": "expires_at",
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its owner sees it. Times are epoch milliseconds."""

    order_id: str
    state: str
    amount: Money
    #: The merchant account that may hold its money; until it is sent, the one that was asked for.
    account: str
    #: When it was accepted; 0 once it is archived.
    created_at_ms: int
    since_ms: int
    #: The payment; for what follows one, that one.
    payment_id: str | None = None
    reason: str | None = None
    error: str | None = None
    #: "refund", "settlement", "void" or "link"; empty for a charge.
    kind: str = ""
    #: The gateway's id of the refund, the settlement or the void.
    follow_up_id: str | None = None
    #: Of a link: the gateway's id, where the customer pays, and until when.
    link_id: str | None = None
    link_url: str | None = None
    link_ends_at_ms: int | None = None
    #: False for an order that only holds its amount.
    settle: bool = True
    #: True for a charge that is held first and then settled; of one that was not sent yet, if its owner asked for it.
    two_phase: bool = False
    #: True where its owner asked that it is not, however the account takes charges.
    direct: bool = False
    #: Where the customer must be sent, while the order waits for that.
    continuation: Continuation | None = None
    #: The order that goes on for this one, whose bank has declined; while that is a link, it has its address here.
    successor: str | None = None
    #: Whether it ended so long ago that the ledger knows only how. The rest, all that is empty here, is in the archive.
    archived: bool = False
    #: What the card's network said with a decline.
    merchant_advice_code: str | None = None
    #: Whether this call made it. An answer that was lost on the way is told as an earlier call's.
    new: bool = field(default=False, compare=False)

    @property
    def final(self) -> bool:
        """Whether this is the one true outcome."""
        return self.state in states.TERMINAL


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An order ready to be accepted: the call, and the content to hold against an earlier row."""

    order: Wish
    content: Mapping[str, str]
    call: Call[Accepted | Exists]

    def told(self, answer: Accepted | Exists) -> Order:
        """What the ledger's answer means for the caller.

        Raises:
            OrderConflict: the order_id is taken by other content.
        """
        match answer:
            case Accepted(at_ms):
                order = self.order
                return Order(
                    order.order_id,
                    states.ACCEPTED,
                    order.amount,
                    order.account,
                    at_ms,
                    at_ms,
                    payment_id=order.payment_id if isinstance(order, FollowUp) else None,
                    kind=_kind(order),
                    settle=order.settle,
                    new=True,
                    two_phase=order.two_phase,
                    direct=isinstance(order, Charge) and order.direct,
                )
            case Exists(record):
                if names := self._differing(record):
                    seen_at_ms = record.number("created_at") or record.number("since")
                    raise OrderConflict(self.order.order_id, _public(names), rfc3339(seen_at_ms))
                return order_of(record)

    def _differing(self, record: Record) -> tuple[str, ...]:
        if record.is_archived:
            return tombstones.differing(record, self.content)
        # A row that was rebuilt has only what was left of its content.
        compared = (name for name in CONTENT_FIELDS if not record.was_rebuilt or name in record.fields)
        return tuple(name for name in compared if record.text(name) != self.content.get(name, ""))


def prepare(order: Wish, sealer: Sealer, *, now_ms: int, grace_ms: int, batch: str = "") -> Acceptance:
    """Seal the card and lay out the row. `grace_ms` is when the sweeper looks whether anybody took the order."""
    # What has no order_id at the gateway is known there by a token.
    ref, last4 = order.order_id if isinstance(order, Charge) else token_of(order.order_id), ""
    content = {
        "amount_minor": str(order.amount.minor),
        "currency": order.amount.currency,
        "description": order.description or "",
        "account": order.account,
    }
    match order:
        case Charge(country=country, instrument=instrument):
            last4 = "" if isinstance(instrument, PaymentReference) else instrument.last4
            content |= {"country": country, "instrument": instrument_fingerprint(order, sealer.fingerprint_key)}
            if order.direct or not order.is_plain:
                content |= _more(order)
            if order.further:
                content |= _continued(order, sealer)
            if order.customer is not None:
                content["customer"] = order.customer
        case FollowUp(payment_id=parent):
            content |= {"kind": order.kind, "parent": parent}
        case LinkOrder(country=wanted, ends_at_ms=ends_at_ms):
            content |= {"kind": order.kind, "country": wanted or "", "ends_at": str(ends_at_ms or "")}
    envelope = sealer.seal(order, now_ms=now_ms)
    fields: dict[str, Argument] = {
        **content,
        "producer": sealer.producer,
        "ref": ref,
        "last4": last4,
        "expires_at": order.expires_at_ms or 0,
        "batch": batch,
        "envelope": envelope,
        "integrity": sealer.stated(envelope, bound_of(content), now_ms=now_ms),
    }
    if isinstance(order, Charge) and isinstance(order.instrument, PaymentReference):
        fields["charged_from"] = order.instrument.payment_id
    if isinstance(order, Charge) and order.further:
        fields |= _successors(order, sealer, now_ms)
    if order.customer_ip is not None:
        # Not compared when the order comes again: who tries again may have another address by then.
        fields["customer_ip"] = order.customer_ip
    return Acceptance(order, content, calls.accept(order.order_id, fields, grace_ms=grace_ms))


def _more(charge: Charge) -> dict[str, str]:
    """What only the rows of few charges have. 3-D Secure data are not in it: they are personal, and sealed."""
    given = {
        "settle": "" if charge.settle else "0",
        "suffix": charge.suffix or "",
        "two_phase": "1" if charge.two_phase else "",
        "direct": "1" if charge.direct else "",
    }
    return {name: value for name, value in given.items() if value}


def _continued(charge: Charge, sealer: Sealer) -> dict[str, str]:
    """What a charge is to be continued by, so that another wish is told apart."""
    backup = backup_of(charge)
    given = {
        "backup": instrument_fingerprint(backup, sealer.fingerprint_key) if backup else "",
        "needs_customer": BRIDGE if charge.needs_customer else "",
    }
    return {name: value for name, value in given.items() if value}


def _successors(charge: Charge, sealer: Sealer, now_ms: int) -> dict[str, Argument]:
    """The orders that may continue it, sealed now: later nobody is there who knows the card."""
    fields: dict[str, Argument] = {"further": charge.further}
    if backup := backup_of(charge):
        fields["backup_envelope"] = sealer.seal(backup, now_ms=now_ms)
        fields["backup_last4"] = ""
        if isinstance(backup.instrument, PaymentReference):
            fields["backup_charged_from"] = backup.instrument.payment_id
        else:
            fields["backup_last4"] = backup.instrument.last4
    if bridge := bridge_of(charge):
        fields["link_envelope"] = sealer.seal(bridge, now_ms=now_ms)
    return fields


def order_of(record: Record) -> Order:
    """The order as its ledger record has it."""
    # Of an order that has ended, the link of the one that went on for it leads nowhere.
    linked = record.kind == LINK or record.state == states.PENDING
    return Order(
        order_id=record.order_id,
        state=record.state,
        amount=record.amount,
        account=record.lane,
        created_at_ms=record.number("created_at"),
        since_ms=record.number("since"),
        payment_id=record.parent or record.text("payment_id") or None,
        reason=record.text("reason") or None,
        error=record.text("error") or None,
        kind=record.kind,
        follow_up_id=record.text("follow_up_id") or None,
        link_id=(linked and record.text("link_id")) or None,
        link_url=(linked and record.text("link_url")) or None,
        link_ends_at_ms=(linked and record.number("link_ends_at")) or None,
        settle=record.settle,
        two_phase=record.two_phase,
        direct=record.asks_direct,
        continuation=_due_step(record),
        successor=record.successor or None,
        archived=record.is_archived,
        merchant_advice_code=record.text("merchant_advice_code") or None,
    )


def withdrawn(order_id: str, answer: Record | NotYours) -> Order:
    """The order that was called back, or whose link is to be deleted.

    Raises:
        OrderUnknown: no such order.
        InvalidCommand: a link was meant, and it is for something else.
    """
    match answer:
        case Record():
            return order_of(answer)
        case NotYours("missing"):
            raise OrderUnknown(order_id)
        case NotYours():
            raise InvalidCommand([FieldError("order_id", "order_without_link", "must be the order of a payment link")])


def _kind(order: Wish) -> str:
    return "" if isinstance(order, Charge) else order.kind


def _due_step(record: Record) -> Continuation | None:
    return continuation_from(record.step) if record.state == states.PENDING else None


def _public(differing: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_PUBLIC.get(name, name) for name in differing)
