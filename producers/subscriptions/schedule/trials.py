"""Trials: a time before the first period for which nothing is charged, and the reminder that it ends. Pure but for
`remind`.

The trial's end is an ordinary first period, so its charge is decided, made and followed like every other. What is
special is that its customer must hear of it in time: a first charge without that is held.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from producers.contract import renewals as states
from producers.subscriptions.book import store
from producers.subscriptions.book.tables import SUBSCRIPTIONS
from producers.subscriptions.dunning import notices, retries
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.identity import order_id_of
from producers.subscriptions.schedule.calendar import first_schedule
from producers.subscriptions.values import Subscription, Terms, milliseconds

#: How long before its first charge the customer of a trial must have been told; card networks ask for that.
NOTICE: Final = timedelta(days=7)
#: When the reminder is put into the box: a day earlier, for whoever mails it.
REMINDER: Final = NOTICE + timedelta(days=1)
#: Reminders of one transaction.
CHUNK: Final = 500


def begun(subscription: Subscription, trial_d: int, now: datetime) -> Subscription:
    """The subscription in its trial; a trial too short for that is reminded of at once."""
    due = subscription.period(1).due
    return replace(subscription, trial_d=trial_d, remind_at_ms=milliseconds(max(now, due - REMINDER)))


def reminded_late(subscription: Subscription, number: int) -> bool:
    """Whether that period is the first after a trial whose customer did not hear of it in time."""
    if not subscription.trial_d or number != 1:
        return False
    if subscription.reminded_at_ms is None:
        return True
    wanted_ms = milliseconds(subscription.period(1).due - NOTICE)
    return timedelta(days=subscription.trial_d) > REMINDER and subscription.reminded_at_ms > wanted_ms


def reminded_anew(subscription: Subscription, now: datetime) -> Subscription:
    """The subscription after a change of terms, whose trial may end at another moment by now."""
    if subscription.remind_at_ms is None:
        return subscription
    return begun(subscription, subscription.trial_d, now)


def converted(subscription: Subscription, now: datetime) -> tuple[Subscription, tuple[Terms, ...]] | None:
    """The subscription whose trial ends now, and its new terms; None when it is in no trial.

    Its first period is due at this second, those after it at the hour of the subscription: who is converted at night is
    not charged at night for good.
    """
    if not subscription.trial_d or subscription.next_number > 1:
        return None
    before = subscription.terms_of(1)
    ended = replace(subscription, trial_d=0, remind_at_ms=None)
    if subscription.last_due(now):
        return ended, ()
    local = now.astimezone(ZoneInfo(before.schedule.zone))
    usual = before.schedule
    if not subscription.last_begun(now):
        usual = first_schedule(local.date(), usual.interval, usual.zone, usual.due_s)
    now_s = local.hour * 3600 + local.minute * 60 + local.second
    first = replace(before, schedule=replace(usual, due_s=now_s), revision=before.revision + 1)
    later = subscription.terms[1:]  # agreed on since the first period began, which is today
    follows = () if later else (replace(before, schedule=usual.followed(2), revision=1),)
    return replace(ended, terms=(first, *later, *follows)), (first, *follows)


def remind(connection: Connection, now_ms: int) -> int:
    """Put the reminders that are due into the box; how many subscriptions were looked at, `CHUNK` at the most."""
    wanted = SUBSCRIPTIONS.c.remind_at_ms <= now_ms
    names = list(connection.scalars(select(SUBSCRIPTIONS.c.subscription_id).where(wanted).limit(CHUNK)))
    retries.lock(connection, names)
    found = store.load(connection, names)
    told = [
        Notice(states.TRIAL_ENDING, name, 1, order_id_of(name, 1), now_ms, milliseconds(due))
        for name, each in sorted(found.items())
        if each.remind_at_ms is not None and (due := each.next_due) is not None
    ]
    notices.put(connection, told)
    if names:
        connection.execute(
            update(SUBSCRIPTIONS)
            .where(SUBSCRIPTIONS.c.subscription_id.in_(names), wanted)
            .values(remind_at_ms=None, reminded_at_ms=now_ms)
        )
    return len(names)
