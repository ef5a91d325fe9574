"""Every life that an order may have had when its ledger is lost, and what is left of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from producers.contract import states
from workers.payments.intent_log import Sent
from workers.recovery.decide import Copied, Known


@dataclass(frozen=True)
class Moment:
    """The order as the ledger had it. `left` says that a request for it may have left and was not taken back; `told`
    is what its owner was last told."""

    state: str
    intents: int = 0
    left: bool = False
    told: str = ""


def lives() -> Iterator[tuple[Moment, ...]]:
    """Every way from the acceptance to an end, with up to two intents."""
    yield from _from(Moment(states.ACCEPTED, told=states.ACCEPTED), (Moment("", told=""),))


def _from(now: Moment, before: tuple[Moment, ...]) -> Iterator[tuple[Moment, ...]]:
    life = (*before, now)
    further = list(_next(now))
    if not further:
        yield life
    for moment in further:
        yield from _from(moment, life)


def _next(now: Moment) -> Iterator[Moment]:
    match now.state:
        case states.ACCEPTED:
            if now.intents < 2:
                yield replace(now, state=states.CLAIMED)
            yield replace(now, state=states.EXPIRED, told=states.EXPIRED)
        case states.CLAIMED:
            yield replace(now, state=states.SENDING, intents=now.intents + 1, left=True)
        case states.SENDING:
            yield replace(now, state=states.ACCEPTED, left=False)
            for state in (states.APPROVED, states.DECLINED, states.PENDING, states.UNKNOWN):
                yield replace(now, state=state, told=state)
        case states.UNKNOWN:
            for state in (states.APPROVED, states.NOT_CHARGED, states.PARKED):
                yield replace(now, state=state, told=state)
        case states.PENDING | states.PARKED:
            yield replace(now, state=states.APPROVED, told=states.APPROVED)
        case _:
            return


@dataclass(frozen=True)
class Loss:
    """How the order was when the ledger was lost, and what is left of it."""

    truth: Moment
    known: Known | None
    sent: Sent | None
    row: Copied | None
    counted: int
    all_logs: bool


def losses() -> Iterator[Loss]:
    """Every moment of every life, with every archive and every older copy that may be left; logs are here or not."""
    for life in lives():
        for end in range(1, len(life)):
            for told, copied, all_logs in product(range(end + 1), range(end + 1), (True, False)):
                truth = life[end]
                copy = life[copied]
                yield Loss(
                    truth,
                    known_as(life[told].told),
                    sent_as(truth.intents) if all_logs and truth.intents else None,
                    Copied(copy.state) if copy.state else None,
                    copy.intents,
                    all_logs,
                )


def known_as(state: str) -> Known | None:
    """As the archive tells of it."""
    if not state:
        return None
    made = "p-1" if state in (states.PENDING, states.APPROVED) else ""
    return Known(
        order_id="ORD-1",
        state=state,
        kind="",
        ref="ORD-1",
        amount_minor=1000,
        currency="EUR",
        account="default",
        producer="shop",
        country="LT",
        last4="",
        payment_id=made,
        parent="",
        follow_up_id="",
        batch="",
        root="",
        successor="",
        held=False,
        reason="",
        accepted_at_ms=1,
        ended_at_ms=0,
    )


def sent_as(sequence: int) -> Sent:
    """The line of its latest intent."""
    return Sent(
        sequence=sequence,
        at_ms=1000 + sequence,
        order_id="ORD-1",
        ref="ORD-1",
        amount_minor=1000,
        currency="EUR",
        lane="default",
        account="default",
        producer="shop",
        country="LT",
        last4="1111",
        kind="",
        parent="",
        batch="",
        root="",
        settle="",
        two_phase="",
        held_first="",
    )
