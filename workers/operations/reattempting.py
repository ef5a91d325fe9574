"""Two operators have a parked order sent once more: one proposes it, another confirms. Nothing here sends a payment.

What is sent is an order of its own, `<order_id>-a2`, with what the order's producer had sealed for the first; the first
waits for it and ends as it does. Both operators hold the evidence against their word, each anew, and both are refused
while what `not_charged` needs does not hold. A payment of the first attempt that is listed later all the same is an
alarm; while the other is unsent, it stays so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from producers.contract import states
from producers.contract.envelope import AGE_MAX_MS
from producers.contract.events import encode, payment_event
from producers.contract.payment_data import Asked
from producers.contract.succession import NEW_ATTEMPT, attempt_id
from producers.runtime.ledger.reattempt_calls import propose as propose_call
from producers.runtime.ledger.reattempt_calls import reattempt
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours, Proposed
from producers.runtime.ledger.succession_calls import Told
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere, NotNow, OperationRefused
from workers.operations.evidence import Evidence
from workers.operations.pauses import reason
from workers.operations.resolving import absent
from workers.payments.continuing import LOOK_EVERY_MS
from workers.resolver.verdict import Rules

#: Milliseconds for which a proposal can be confirmed: enough to call a colleague who then looks for himself, too short
#: for a word that everybody has forgotten.
PROPOSAL_MS: Final = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """The order that is sent, or will be once the proposal is confirmed; `state` is that of the first order. Until
    `until_ms` (the ledger's clock) it can be confirmed; 0 once it is."""

    order_id: str
    successor: str
    state: str
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who says that an order may be sent once more, and why. It is confirmed before `until_ms` (the ledger's clock)."""

    by: str
    because: str
    at_ms: int
    until_ms: int


def propose(desk: Desk, evidence: Evidence, because: str, rules: Rules) -> Attempt:
    """Say that the order may be sent once more. Somebody else must confirm it.

    Raises:
        OperationRefused: `because_missing`, `payment_shown`, `list_unreadable`, `not_available`, `card_erased`,
            `proposed_before`: somebody else has, and it waits for you to confirm.
        NotNow: `too_early`: what has left could still land.
        NothingThere: `not_parked`: somebody was faster.
    """
    record, why = evidence.record, _why(because)
    allowed(evidence, rules)
    if by := proposed_by(record, desk, evidence.now_ms):
        raise _proposed_before(by)
    call = propose_call(record.order_id, record.token, by=desk.by, valid_ms=PROPOSAL_MS, because=why)
    match desk.do("order.propose_attempt", record.order_id, lambda: desk.ledger.run(call), because=why):
        case Proposed(by) if by != desk.by:
            raise _proposed_before(by)
        case NotYours():
            raise _moved_meanwhile()
        case Proposed() | None:
            until_ms = evidence.now_ms + PROPOSAL_MS
            return Attempt(record.order_id, attempt_id(record.order_id), states.PARKED, until_ms)


def confirm(desk: Desk, evidence: Evidence, because: str, rules: Rules) -> Attempt:
    """Have it sent once more, as somebody else has proposed.

    Raises:
        OperationRefused: as `propose`; `not_proposed`: nobody else has, or too long ago.
        NotNow, NothingThere: as `propose`.
    """
    record, why = evidence.record, _why(because)
    allowed(evidence, rules)
    if proposed_by(record, desk, evidence.now_ms) is None:
        raise _not_proposed()
    successor = attempt_id(record.order_id)
    call = reattempt(
        record.order_id,
        record.token,
        successor=successor,
        by=desk.by,
        valid_ms=PROPOSAL_MS,
        told_of_root=_told(record, record.order_id, states.PENDING, successor=successor),
        told_of_successor=_told(record, successor, states.ACCEPTED, root=record.order_id),
        due_ms=LOOK_EVERY_MS,
    )
    details = {"because": why, "proposed_by": record.text("proposed_by"), "successor": successor}
    match desk.do("order.new_attempt", record.order_id, lambda: desk.ledger.run(call), **details):
        case NotYours("unconfirmed"):
            raise _not_proposed()
        case NotYours("contradicted"):
            raise OperationRefused("payment_shown", "the gateway's list has just shown a payment of the order")
        case NotYours():
            raise _moved_meanwhile()
        case Moved() | None:
            return Attempt(record.order_id, successor, states.PENDING)


def proposed_by(record: Record, desk: Desk, now_ms: int) -> str | None:
    """Who has proposed it whom this operator can confirm; None where nobody has. One human on two hosts is one, and so
    is one whom the console knows as Ona and the host as ona."""
    by = proposal.by if (proposal := proposal_of(record, now_ms)) else ""
    return by if by and _person(by) != _person(desk.by) else None


def proposal_of(record: Record, now_ms: int) -> Proposal | None:
    """The proposal that can be confirmed; None where there is none, or not any more."""
    at_ms = record.number("proposed_at")
    proposal = Proposal(record.text("proposed_by"), record.text("proposal"), at_ms, at_ms + PROPOSAL_MS)
    return proposal if proposal.by and proposal.until_ms > now_ms else None


def allowed(evidence: Evidence, rules: Rules) -> None:
    """Refuse unless the order can be sent once more and nothing speaks against it. Raises as `propose`."""
    record = evidence.record
    plain = not (record.kind or record.parent or record.root or record.holds or record.further)
    if not plain or record.text("payment_id"):
        message = (
            "only a plain charge is sent once more: none that holds, follows a payment, was known to the gateway, has "
            "a backup or a link behind it, or goes on for another order"
        )
        raise OperationRefused("not_available", message)
    if not record.text("charged_from") or not record.envelope:
        message = "its card is erased: end it as not_charged, then hand in an order of another name"
        raise OperationRefused("card_erased", message)
    if _over_ms(record) <= evidence.now_ms:
        raise OperationRefused("not_available", "its time is over: end it as not_charged")
    if any(line.state == states.PENDING and line.detail == NEW_ATTEMPT for line in record.history):
        raise OperationRefused("not_available", "it was sent once more already: once is all")
    absent(evidence, rules)


def _person(name: str) -> str:
    return name.partition("@")[0].lower()


def _why(because: str) -> str:
    if not (why := reason(because).strip()):
        raise OperationRefused("because_missing", "say why: it is kept with the order and in the audit trail")
    return why


def _over_ms(record: Record) -> int:
    """When nothing of it may be sent any more: its own end, or that of its envelope."""
    sealed_until_ms = record.number("created_at") + AGE_MAX_MS
    return min(record.number("expires_at") or sealed_until_ms, sealed_until_ms)


def _told(record: Record, order_id: str, state: str, *, successor: str | None = None, root: str | None = None) -> Told:
    event = payment_event(
        state=state,
        order_id=order_id,
        attempt_ref=record.ref if root is None else order_id,
        account=record.lane if root is None else record.account,
        producer=record.text("producer"),
        amount=record.amount,
        time_ms=int(time.time() * 1000),
        reason=NEW_ATTEMPT if root is None else None,
        successor=successor,
        root=root,
        asked=Asked(record.text("country") or None) if root is not None else Asked(),
    )
    return Told(event.id, encode(event))


def _proposed_before(by: str) -> OperationRefused:
    return OperationRefused("proposed_before", f"{by} has proposed it: look at the evidence, and confirm it")


def _not_proposed() -> NotNow:
    minutes = PROPOSAL_MS // 60_000
    return NotNow("not_proposed", f"another operator must have proposed it within the last {minutes} minutes")


def _moved_meanwhile() -> NothingThere:
    return NothingThere("not_parked", "the order was moved by somebody else meanwhile: look again")
