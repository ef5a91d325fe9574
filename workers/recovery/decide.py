"""What an order of a lost ledger becomes, from what is left of it. Pure, and the one place where it is decided.

The rule behind every line: only what was provably never sent may be sent, or be said not to have been charged. What may
have been sent becomes `unknown` where it is known through which account, for the resolver to find out, and is parked
where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from producers.contract import names, states
from producers.runtime.ledger.record import Record
from workers.payments.intent_log import Sent

#: States of an older copy's row in which nothing had left when the copy was made.
UNSENT: Final = (states.ACCEPTED, states.CLAIMED)
#: Those from which the lost ledger may have gone on unheard: to another order, or to a hold that it chose and settled.
MOVING: Final = (states.SENDING, states.UNKNOWN)
#: Those in which the truth of later may replace what the row says.
OVERTAKEN: Final = (*UNSENT, states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED)


@dataclass(frozen=True, slots=True)
class Known:
    """An order as the archive tells of it. Empty and 0 are what it does not know."""

    order_id: str
    state: str
    kind: str
    ref: str
    amount_minor: int
    currency: str
    account: str
    producer: str
    country: str
    last4: str
    payment_id: str
    parent: str
    follow_up_id: str
    batch: str
    root: str
    successor: str
    held: bool
    reason: str
    accepted_at_ms: int
    ended_at_ms: int


@dataclass(frozen=True, slots=True)
class Copied:
    """The row of an older copy of the ledger, in which nothing of a card is."""

    state: str
    record: Record = field(default_factory=lambda: Record("", {}))


#: What becomes of it: `keep` its row as it is; `end` as the archive tells; `ask` the gateway; `wait` for the payment
#: whose id is known; `park` it; say that it was `never_sent`.
Step = Literal["keep", "end", "ask", "wait", "park", "never_sent"]


def decide(
    known: Known | None,
    sent: Sent | None,
    row: Copied | None,
    *,
    counted: int,
    all_logs: bool,
    went_on: bool = False,
    listed: bool = False,
) -> Step:
    """The step for one order, of which at least one thing is known.

    `counted` is how many intents the ledger that is there has counted: a later one is news to it. `all_logs`: what is
    in no log was not sent. `went_on`: its bank has declined, and another order goes on for it, which its row does not
    know. `listed`: the gateway lists a payment of it, whatever the logs say.
    """
    if row is not None and row.state in states.TERMINAL:
        return "keep"
    if known is not None and known.state in states.TERMINAL:
        return "end"
    if went_on:
        return "wait"
    if known is not None and known.state not in (states.ACCEPTED, "") and (row is None or row.state in UNSENT):
        return _told(known, sent)
    if sent is not None and (row is None or sent.sequence > counted):
        return "ask"
    if row is not None and row.state in MOVING:
        return "ask"
    if listed and (row is None or row.state in UNSENT):
        return "ask"
    if row is not None and row.state == states.PENDING and row.record.further and not all_logs:
        # Where its bank has declined since, what was to go on for it may have been sent by a host without a log.
        return "wait"
    if row is not None:
        return "keep" if all_logs or row.state not in UNSENT else "park"
    return "never_sent" if all_logs else "park"


def _told(known: Known, sent: Sent | None) -> Step:
    """Of an order that somebody was told is pending, unknown or parked."""
    if known.state == states.PENDING:
        # A link's id, and the choice of a hold, nobody but the ledger knew: such an order waits for its payment to be
        # seen, or for a human.
        if known.successor or (_made(known) and not known.held and known.kind != names.LINK):
            return "wait"
        return "park"
    return "ask" if sent is not None and known.state == states.UNKNOWN else "park"


def _made(known: Known) -> str:
    return known.follow_up_id if known.parent else known.payment_id
