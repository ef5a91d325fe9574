"""Whether every period that is due is accounted for: counted from the calendar, not from what the runs believe.

A due period is charged, declined, skipped, held, waived or in flight. What has no row is unaccounted, and so is a row
that a run took and nobody handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from producers.contract import renewals as states
from producers.subscriptions.book import store
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS

#: Subscriptions whose rows are counted together.
_CHUNK: Final = store.CHUNK


@dataclass(frozen=True, slots=True)
class Account:
    """How all due periods stand."""

    due: int
    by_state: Mapping[str, int]
    unaccounted: int
    #: Declined attempts by class.
    declines: Mapping[str, int]


def account(connection: Connection, now: datetime) -> Account:
    """The count of every period due by `now`."""
    due = missing = 0
    after = ""
    while chunk := store.listed(connection, after=after, limit=_CHUNK):
        wanted = {each.subscription_id: max(each.last_due(now), 0) for each in chunk}
        there = _rows(connection, list(wanted))
        due += sum(wanted.values())
        missing += sum(max(0, count - there.get(name, 0)) for name, count in wanted.items())
        after = chunk[-1].subscription_id
    query = select(PERIODS.c.state, func.count().label("periods")).group_by(PERIODS.c.state)
    found = {row.state: row.periods for row in connection.execute(query)}
    by_state = {state: found.get(state, 0) for state in states.PERIOD_STATES}
    return Account(due, by_state, missing + by_state[states.PLANNED], _declines(connection))


def _declines(connection: Connection) -> dict[str, int]:
    query = select(ATTEMPTS.c.remedy, func.count().label("attempts")).group_by(ATTEMPTS.c.remedy)
    known = query.where(ATTEMPTS.c.remedy.is_not(None))
    found = {row.remedy: row.attempts for row in connection.execute(known)}
    return {name: found.get(name, 0) for name in states.DECLINE_CLASSES}


def _rows(connection: Connection, ids: list[str]) -> dict[str, int]:
    query = (
        select(PERIODS.c.subscription_id, func.count().label("periods"))
        .where(PERIODS.c.subscription_id.in_(ids))
        .group_by(PERIODS.c.subscription_id)
    )
    return {row.subscription_id: row.periods for row in connection.execute(query)}
