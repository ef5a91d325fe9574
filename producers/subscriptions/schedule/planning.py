"""What a run does with each period that is due: charge it, skip it, or hold it for a human. Pure.

The newest due period of a subscription is charged, if nothing speaks against it. Older ones were missed while nothing
ran: they are held, so that an outage never ends in several charges of one customer at once. For the same reason a
further attempt at an older period waits for the next run when a newer period is charged. A period that only cannot be
charged now is put off: it is tried again when it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.subscriptions.dunning.policy import link_fits
from producers.subscriptions.dunning.retries import Retry
from producers.subscriptions.identity import order_id_of
from producers.subscriptions.schedule.calendar import Period
from producers.subscriptions.schedule.trials import reminded_late
from producers.subscriptions.values import Subscription

Deed = Literal["charge", "skip", "hold"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A period that an earlier run took, and whose order the ledger does not have: that run was cut short."""

    number: int
    attempt: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription with what is known of it outside: `against` is what the ledger holds against charging its card."""

    subscription: Subscription
    taken: tuple[Taken, ...] = ()
    against: str = ""
    retries: tuple[Retry, ...] = ()
    #: Until when `against` holds, if that is known.
    until_ms: int | None = None
    #: Whether a decline that only the customer can mend makes a link.
    link: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one period. `taken`: it has a row already; `retry`: it is tried once more."""

    deed: Deed
    subscription: Subscription
    period: Period
    order_id: str
    amount: Money
    reason: str = ""
    taken: bool = False
    #: A further attempt that was taken before.
    again: bool = False
    retry: Retry | None = None
    link: bool = False
    until_ms: int | None = None
    #: Nothing speaks against it but the moment.
    put_off: bool = False

    @property
    def line(self) -> str:
        """The decision as one line of a plan: what two plans are compared by."""
        what = f"{self.deed} {self.order_id} {self.amount.text} {self.amount.currency}"
        return f"{what} {self.reason}" if self.reason else what


def plan(now: datetime, standings: Mapping[str, Standing]) -> list[Decision]:
    """What is to be done with every due period of these subscriptions, by subscription and period."""
    return [decision for name in sorted(standings) for decision in decide(now, standings[name])]


def decide(now: datetime, standing: Standing) -> list[Decision]:
    """The same for one subscription, oldest period first."""
    decisions = list(_open(now, standing))
    newest = next((each for each in reversed(decisions) if each.deed == "charge"), None)
    older = [each for each in decisions if each.deed == "charge" and each is not newest]
    older += [each for each in decisions if each.put_off and each is not decisions[-1]]
    kept = [_held(each) if each in older else each for each in decisions if not (each in older and each.again)]
    return [*_again(standing, charges=newest is not None), *kept]


def obstacle(standing: Standing, number: int, period: Period, *, taken: bool = False) -> str:
    """Why that period is not to be charged; empty when nothing speaks against it. One that was taken is charged though
    its subscription has ended, unless it ended at once; whether its network allows it, a worker looks before it sends.
    """
    subscription = standing.subscription
    ended = subscription.state == states.CANCELLED and not taken
    checks = (
        (states.WAS_CANCELLED, ended or subscription.cancelled_at_ms is not None),
        (states.WAS_PAUSED, subscription.paused_at(period.due)),
        (states.NO_LENGTH, period.start == period.end),
        (states.CONSENT_MISSING, subscription.terms_of(number).consent is None),
        (states.CARD_MISSING, subscription.payment_id is None),
        (states.CARD_DEAD, subscription.card_dead is not None),
    )
    against = "" if taken and standing.against == states.NETWORK_BUDGET else standing.against
    return next((reason for reason, holds in checks if holds), against)


def _again(standing: Standing, *, charges: bool) -> Iterator[Decision]:
    """What is done with retries: one at the most is charged, and none beside another charge."""
    for retry in standing.retries:
        reason = _against(standing, retry)
        if not reason and charges:
            continue
        charges = charges or not reason
        yield _of_retry(standing, retry, reason)


def _against(standing: Standing, retry: Retry) -> str:
    subscription = standing.subscription
    checks = (
        (states.CONSENT_MISSING, subscription.terms_of(retry.number).consent is None),
        (states.CARD_MISSING, subscription.payment_id is None),
        (states.CARD_DEAD, subscription.card_dead is not None),
        (states.WAS_PAUSED, subscription.state == states.PAUSED),
    )
    return next((reason for reason, holds in checks if holds), retry.against)


def _of_retry(standing: Standing, retry: Retry, reason: str) -> Decision:
    subscription = standing.subscription
    order_id = order_id_of(subscription.subscription_id, retry.number, retry.attempt + 1)
    period = subscription.period(retry.number)
    deed: Deed = "charge" if not reason else "hold" if reason == states.CHARGEBACK_OPEN else "skip"
    link = _links(standing)
    until_ms = retry.until_ms if reason else None
    return Decision(
        deed, subscription, period, order_id, retry.amount, reason, retry=retry, link=link, until_ms=until_ms
    )


def _links(standing: Standing) -> bool:
    return standing.link and link_fits(standing.subscription.description)


def _open(now: datetime, standing: Standing) -> list[Decision]:
    subscription = standing.subscription
    found = [
        _decision(standing, taken.number, order_id_of(subscription.subscription_id, taken.number, taken.attempt), taken)
        for taken in sorted(standing.taken, key=lambda taken: taken.number)
    ]
    for number in range(subscription.next_number, subscription.last_due(now) + 1):
        found.append(_decision(standing, number, order_id_of(subscription.subscription_id, number)))
    return found


def _decision(standing: Standing, number: int, order_id: str, taken: Taken | None = None) -> Decision:
    subscription = standing.subscription
    period = subscription.period(number)
    amount = taken.amount if taken else subscription.terms_of(number).amount
    reason = obstacle(standing, number, period, taken=taken is not None)
    put_off = reason == states.NETWORK_BUDGET
    if not reason and subscription.state == states.PAUSED:  # it became due before, and nobody pays while it lasts
        reason, put_off = states.WAS_PAUSED, True
    deed: Deed = "skip" if reason else "charge"
    if put_off and taken is not None:
        deed, put_off = "hold", False
    if not reason and reminded_late(subscription, number) and taken is None:
        deed, reason = "hold", states.REMINDER_LATE
    again = taken is not None and taken.attempt > 1
    link = _links(standing)
    until_ms = standing.until_ms if reason else None
    return Decision(
        deed,
        subscription,
        period,
        order_id,
        amount,
        reason,
        taken is not None,
        again,
        link=link,
        until_ms=until_ms,
        put_off=put_off,
    )


def _held(decision: Decision) -> Decision:
    return Decision(
        "hold",
        decision.subscription,
        decision.period,
        decision.order_id,
        decision.amount,
        states.MISSED,
        decision.taken,
    )
