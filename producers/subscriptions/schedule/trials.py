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


def converted(subscription: Subscription, now: datetime) -> tuple[Subscription, Terms] | None:
    """The subscription whose trial ends today, and its terms; None when it is in no trial."""
    if not subscription.trial_d or subscription.next_number > 1:
        return None
    before = subscription.terms_of(1)
    today = now.astimezone(ZoneInfo(before.schedule.zone)).date()
    schedule = first_schedule(today, before.schedule.interval, before.schedule.zone, before.schedule.due_s)
    terms = replace(before, schedule=schedule, revision=before.revision + 1)
    return replace(subscription, terms=(terms,), trial_d=0, remind_at_ms=None), terms


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
