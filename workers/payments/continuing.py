"""Whether another order goes on where the bank has declined this one, and the one call that makes it so. Pure.

A decline is the one end of an attempt after which nothing of it can be charged any more. Whatever is in doubt, and
whatever is no decline, is never continued; nor is a card tried again, or another in its place, where a code forbids it
or is not known to us.
"""

from __future__ import annotations

import time
from typing import Final

from cardinity_client import Payment
from cardinity_client.declines import Remedy, decline_of
from producers.contract import names, states
from producers.contract.events import encode, payment_event
from producers.contract.payment_data import UNTOLD, Asked
from producers.contract.succession import BACKUP, NEEDS_CUSTOMER, WORDS, Way, ref_of, successor_id
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from producers.runtime.ledger.succession_calls import Told, succeed
from workers.payments.facts import decline_code, facts_of

#: What another instrument may mend.
_BACKUP_MENDS: Final = frozenset({Remedy.SOFT_TECHNICAL, Remedy.SOFT_WAIT, Remedy.UNSUITED, Remedy.UPDATE_CARD})
#: From where an order may be continued. Of a parked one a human decides.
_FROM: Final = (states.SENDING, states.UNKNOWN, states.PENDING)
#: Milliseconds after which an order is looked at that waits for another. That one makes it due as soon as it ends, so
#: this is for what nobody has thought of.
LOOK_EVERY_MS: Final = 600_000
#: Facts of a decline that the first order of a chain has of the latest one, and of no other.
_DECLINE_FACTS: Final = ("error", "merchant_advice_code", "card_brand", "gateway_created")


def way_on(record: Record, declined: Payment) -> Way | None:
    """How the order goes on after this decline; None where it ends."""
    further = record.further.split()
    if not further or record.successor or record.state == states.PARKED:
        return None
    decline = decline_of(declined)
    if WORDS[BACKUP] in further and decline.remedy in _BACKUP_MENDS and not decline.unknown:
        return BACKUP
    if WORDS[NEEDS_CUSTOMER] in further and decline.remedy in _customer_mends(record):
        return NEEDS_CUSTOMER
    return None


def continued(record: Record, declined: Payment, way: Way) -> Call[Moved | NotYours]:
    """Record the decline, and that another order goes on."""
    has_backup = bool(record.root) or WORDS[BACKUP] in record.further.split()
    root = record.root or record.order_id
    successor = successor_id(root, way, has_backup=has_backup)
    ref = ref_of(successor, way)
    left = WORDS[NEEDS_CUSTOMER] if way == BACKUP and WORDS[NEEDS_CUSTOMER] in record.further.split() else ""
    news = _told(record, root, states.PENDING, declined, ref=_root_ref(record), reason=way, successor=successor)
    if record.root:
        own = _told(record, record.order_id, states.DECLINED, declined, ref=record.ref, root=root)
    kind = names.LINK if way == NEEDS_CUSTOMER else ""
    facts = facts_of(declined)
    return succeed(
        record.order_id,
        record.token,
        allowed=_FROM,
        successor=successor,
        ref=ref,
        further=left,
        reason=way,
        payment_id=declined.id,
        told=own if record.root else news,
        told_of_root=news if record.root else Told(),
        told_of_successor=_told(record, successor, states.ACCEPTED, None, ref=ref, kind=kind, root=root),
        due_ms=LOOK_EVERY_MS,
        fields={name: facts.get(name, "") for name in _DECLINE_FACTS},
    )


def _customer_mends(record: Record) -> frozenset[Remedy]:
    """What the customer may mend on a page. A charge by an earlier payment has no card that could be typed anew."""
    by_reference = not record.text("last4")
    return frozenset({Remedy.NEEDS_CUSTOMER, *((Remedy.UPDATE_CARD,) if by_reference else ())})


def _root_ref(record: Record) -> str:
    """What the gateway knows the first order by: a charge, so its order_id."""
    return record.root or record.ref


def _told(
    record: Record,
    order_id: str,
    state: str,
    declined: Payment | None,
    *,
    ref: str,
    kind: str = "",
    reason: str | None = None,
    successor: str | None = None,
    root: str | None = None,
) -> Told:
    error = declined.error if declined else None
    event = payment_event(
        state=state,
        order_id=order_id,
        attempt_ref=ref,
        account=record.lane if declined else record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        kind=kind,
        payment_id=declined.id if declined else None,
        card_last4=declined.last4 if declined else None,
        card_brand=declined.brand if declined else None,
        error=error,
        decline_code=decline_code(error),
        merchant_advice_code=declined.merchant_advice_code if declined else None,
        reason=reason,
        successor=successor,
        root=root,
        asked=UNTOLD if declined else Asked(record.text("country") or None),
        sent=record.sent if declined else None,
    )
    return Told(event.id, encode(event))
