"""A human's word about a parked order, held against the evidence. Deciding is pure; nothing here can send a payment.

What is said is recorded like any verdict: by compare-and-set on the token under which the evidence was gathered, with
its event. Whoever says that a payment was made must name one that fits. Whoever says that none was made is refused
while anything is to be seen, and while what has left could still be charged. A charge that is found later all the same
is an alarm, as after any `not_charged`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp
from producers.contract import states
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.results import Moved, NotYours
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere, NotNow, OperationRefused
from workers.operations.evidence import Evidence
from workers.operations.pauses import reason
from workers.payments.endings import end, ending_of
from workers.payments.under_payment import TAKEN
from workers.payments.under_payment import is_of as follows_as_asked
from workers.resolver.mirror import row_of
from workers.resolver.resolver import attempt_of, is_of
from workers.resolver.verdict import Rules, matches

#: Why an order ended as `not_charged` that nobody could prove.
BY_OPERATOR: Final = "operator"
#: Words under which money has moved, or may yet.
_TAKEN: Final = (*TAKEN, "pending")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the order is now, or would be after a rehearsal, and how many charges of it were seen beyond the first."""

    order_id: str
    state: str
    payment_id: str = ""
    duplicates: int = 0


def approve(desk: Desk, evidence: Evidence, payment_id: str, rules: Rules) -> Resolved:
    """Record that this payment is the order's.

    Raises:
        OperationRefused: `payment_unknown`, `payment_not_approved`, `payment_mismatch`, `not_available`.
        NothingThere: `not_parked`: somebody was faster.
    """
    record, made = evidence.record, found(evidence, payment_id, rules)
    # Those that the mirror has kept the ledger counts by itself.
    known = {row.payment_id for row in evidence.rows}
    also = [each.id for each in evidence.made if each.id != made.id and each.status in TAKEN and each.id not in known]
    duplicates = _settle(desk, record.order_id, states.APPROVED, ending_of(record, made, also=also), payment_id)
    return Resolved(record.order_id, states.APPROVED, payment_id, duplicates)


def not_charged(desk: Desk, evidence: Evidence, because: str, rules: Rules) -> Resolved:
    """Record that nothing was charged, on a human's word.

    Raises:
        OperationRefused: `because_missing`, `payment_shown`, `list_unreadable`.
        NotNow: `too_early`: what has left could still land.
        NothingThere: `not_parked`: somebody was faster.
    """
    record = evidence.record
    if not (why := reason(because).strip()):
        raise OperationRefused("because_missing", "say why: it is kept with the order and in the audit trail")
    absent(evidence, rules)
    ending = end(record, states.NOT_CHARGED, BY_OPERATOR, evidence=f"{desk.by}: {why}")
    _settle(desk, record.order_id, states.NOT_CHARGED, ending, because=why)
    return Resolved(record.order_id, states.NOT_CHARGED)


def found(evidence: Evidence, payment_id: str, rules: Rules) -> Payment | FollowUp:
    """The payment of that id, if it is approved and what the order asked for. Raises as `approve`."""
    record = evidence.record
    if record.two_phase:
        message = "a hold that is settled ends its order by itself; one that is not has taken no money"
        raise OperationRefused("not_available", message)
    made = next((each for each in evidence.made if each.id == payment_id), None)
    if made is None:
        message = "the gateway shows no such payment with the order's reference"
        raise OperationRefused("payment_unknown", message)
    if made.status != "approved":
        raise OperationRefused("payment_not_approved", f"the gateway says that it is {made.status}")
    if differences := differing(evidence, made, rules):
        message = f"it is not what the order asked for: {', '.join(differences)}"
        raise OperationRefused("payment_mismatch", message)
    return made


def differing(evidence: Evidence, made: Payment | FollowUp, rules: Rules) -> tuple[str, ...]:
    """What of the payment is not the order's."""
    record = evidence.record
    if not isinstance(made, Payment):
        return () if follows_as_asked(record, made) else ("amount or description",)
    told = (
        ("reference", made.order_id == record.ref),
        ("amount", made.amount.minor == record.amount.minor),
        ("currency", made.amount.currency == record.amount.currency),
    )
    wrong = tuple(name for name, fits in told if not fits)
    if wrong or (is_of(record, made) and matches(attempt_of(record), row_of(made), rules)):
        return wrong
    return ("card, type, or time",)


def absent(evidence: Evidence, rules: Rules) -> None:
    """Refuse while anything says that money has moved, or may yet. Raises as `not_charged`."""
    record = evidence.record
    # A hold of a two-phase order is no money: it is let go once the order has ended.
    shown = [each.id for each in evidence.made if each.status in _TAKEN]
    shown += [row.payment_id for row in evidence.rows if row.status in _TAKEN and row.payment_id not in shown]
    if taken := list(evidence.settled) if record.two_phase else shown:
        message = f"the gateway shows {', '.join(taken)} under the order's reference"
        raise OperationRefused("payment_shown", message)
    if evidence.attempt:
        raise OperationRefused(
            "payment_shown", f"{evidence.attempt} was sent in its place: see what became of that one"
        )
    if not evidence.whole:
        raise OperationRefused("list_unreadable", "a row of the gateway's list could not be read: it may be a payment")
    # Of a payment that the gateway knew, requests may have left until it was parked: a settlement, a customer's answer.
    last_ms = record.number("since") if record.text("payment_id") else record.last_left_ms
    over_ms = last_ms + rules.horizon_ms
    if evidence.now_ms < over_ms:
        until = datetime.fromtimestamp(over_ms / 1000, UTC).strftime("%H:%M:%S UTC")
        raise NotNow("too_early", f"what has left could still be charged: say so after {until}")


def _settle(
    desk: Desk, order_id: str, to: str, ending: Call[Moved | NotYours], payment_id: str = "", because: str = ""
) -> int:
    moved = desk.do(
        "order.resolve", order_id, lambda: desk.ledger.run(ending), to=to, payment_id=payment_id, because=because
    )
    match moved:
        case Moved(duplicates=duplicates):
            return duplicates
        case NotYours():
            raise NothingThere("not_parked", "the order was moved by somebody else meanwhile: look again")
        case None:
            return 0
