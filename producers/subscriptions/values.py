"""Subscriptions, their terms and plans as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.subscriptions.dunning.policy import USUAL, Policy
from producers.subscriptions.schedule.calendar import Interval, Period, Schedule

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be subscribed to."""

    plan_id: str
    amount: Money
    interval: Interval
    description: str | None = None
    policy: Policy = USUAL
    trial_d: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """That the customer agreed: to what says `record`, the merchant's own reference, and when says `at_ms`."""

    record: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What is charged from period `schedule.first` on, until later terms begin. `revision` counts changes of mind."""

    schedule: Schedule
    amount: Money
    plan_id: str | None = None
    consent: Consent | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nothing becomes due, from a moment on and before another; still going on without that."""

    from_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription. `terms` are those that hold, by the period they begin with.

    `ends_before` is the first period that is never charged; `next_number` the first that no run has taken. One with
    `cancelled_at_ms` ended at once. In a trial of `trial_d` days before the first period its customer is told of the
    first charge at `remind_at_ms`, and was at `reminded_at_ms`. `pauses` are those that periods to come may lie in.
    """

    subscription_id: str
    state: str
    country: str
    account: str
    terms: tuple[Terms, ...]
    customer: str | None = None
    description: str | None = None
    payment_id: str | None = None
    card_dead: str | None = None
    ends_before: int | None = None
    next_number: int = 1
    version: int = 1
    created_at_ms: int = 0
    cancelled_at_ms: int | None = None
    trial_d: int = 0
    remind_at_ms: int | None = None
    reminded_at_ms: int | None = None
    #: Not compared: those that are over for good are not read again.
    pauses: tuple[Pause, ...] = field(default=(), compare=False)

    def terms_of(self, number: int) -> Terms:
        """The terms of a period."""
        return next(terms for terms in reversed(self.terms) if terms.schedule.first <= number)

    def period(self, number: int) -> Period:
        """The period of that number."""
        return self.terms_of(number).schedule.period(number)

    def last_due(self, now: datetime) -> int:
        """The newest period that is due by `now`; 0 when none is."""
        return self._last(now, "due")

    def last_begun(self, now: datetime) -> int:
        """The newest period that has begun by `now`; 0 when none has."""
        return self._last(now, "begun")

    def paused_at(self, at: datetime) -> bool:
        """Whether what became due at that moment is not charged, whenever somebody looks."""
        at_ms = milliseconds(at)
        return any(
            pause.from_ms <= at_ms and (pause.until_ms is None or at_ms < pause.until_ms) for pause in self.pauses
        )

    @property
    def next_due(self) -> datetime | None:
        """When the next period is due; None when none comes any more."""
        if self.ends_before is not None and self.next_number >= self.ends_before:
            return None
        return self.period(self.next_number).due

    def ended(self, now: datetime) -> Subscription:
        """The subscription as it is once nothing that becomes due after `now` is charged, nor tried again."""
        end = max(self.next_number, self.last_due(now) + 1)
        end = min(end, self.ends_before or end)
        return replace(
            self, state=states.CANCELLED, ends_before=end, remind_at_ms=None, cancelled_at_ms=milliseconds(now)
        )

    def ending(self, now: datetime) -> Subscription:
        """The subscription as it is once nothing is charged but the periods that have begun by `now`."""
        end = max(self.next_number, self.last_begun(now) + 1)
        state = states.CANCELLED if end <= self.next_number else self.state
        return replace(self, state=state, ends_before=min(end, self.ends_before or end))

    def _last(self, now: datetime, what: str) -> int:
        beyond = self.ends_before
        for terms in reversed(self.terms):
            schedule = terms.schedule
            found = schedule.last_due(now) if what == "due" else schedule.last_begun(now)
            if found >= schedule.first:
                return found if beyond is None else min(found, beyond - 1)
            beyond = schedule.first if beyond is None else min(beyond, schedule.first)
        return 0


def moment(at_ms: int) -> datetime:
    """Epoch milliseconds as UTC."""
    return _EPOCH + timedelta(milliseconds=at_ms)


def milliseconds(at: datetime) -> int:
    """A moment as epoch milliseconds."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
