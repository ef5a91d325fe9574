"""What a run does with each period that is due: charge it, skip it, or hold it for a human. Pure.

The newest due period of a subscription is charged, if nothing speaks against it. Older ones were missed while nothing
ran: they are held, so that an outage never ends in several charges of one customer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.subscriptions.calendar import Period
from producers.subscriptions.identity import order_id_of
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


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one period. `taken`: it has a row already."""

    deed: Deed
    subscription: Subscription
    period: Period
    order_id: str
    amount: Money
    reason: str = ""
    taken: bool = False

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
    return [_held(each) if each.deed == "charge" and each is not newest else each for each in decisions]


def obstacle(standing: Standing, number: int, period: Period) -> str:
    """Why that period is not to be charged; empty when nothing speaks against it."""
    subscription = standing.subscription
    checks = (
        (states.WAS_CANCELLED, subscription.state == states.CANCELLED),
        (states.WAS_PAUSED, subscription.state == states.PAUSED),
        (states.NO_LENGTH, period.start == period.end),
        (states.CONSENT_MISSING, subscription.terms_of(number).consent is None),
        (states.CARD_MISSING, subscription.payment_id is None),
        (states.CARD_DEAD, subscription.card_dead is not None),
    )
    return next((reason for reason, holds in checks if holds), standing.against)


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
    reason = obstacle(standing, number, period)
    deed: Deed = "skip" if reason else "charge"
    return Decision(deed, subscription, period, order_id, amount, reason, taken is not None)


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
