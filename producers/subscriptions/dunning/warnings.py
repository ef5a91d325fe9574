"""Last warnings: put into the box before the last attempt, at an hour at which its subscriber is awake.

A warning that comes late, because nothing ran, moves the attempt: there is as much time behind it as was promised. One
that would come at night waits for the morning, and so does an attempt that it moves into the night.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, and_, select, update

from producers.contract import renewals as states
from producers.subscriptions.book import store
from producers.subscriptions.book.tables import PERIODS
from producers.subscriptions.dunning import notices
from producers.subscriptions.dunning.ladder import Ladder, awake
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.dunning.retries import lock
from producers.subscriptions.identity import order_id_of
from producers.subscriptions.values import milliseconds, moment

#: Subscriptions that are warned in one transaction.
CHUNK: Final = store.CHUNK


def warn(connection: Connection, now_ms: int) -> int:
    """Put the last warnings that are due into the box, or off until the morning; how many. Those of `CHUNK`
    subscriptions at the most.
    """
    late = and_(PERIODS.c.state == states.RETRYING, PERIODS.c.warn_at_ms <= now_ms)
    names = set(connection.scalars(select(PERIODS.c.subscription_id).where(late).limit(CHUNK)))
    if not names:
        return 0
    lock(connection, names)
    held = select(PERIODS).where(late, PERIODS.c.subscription_id.in_(sorted(names)))
    rows = connection.execute(held).mappings().all()
    ladders = _ladders(connection, rows)
    told = []
    for row in sorted(rows, key=lambda row: (row["subscription_id"], row["number"])):
        ladder, zone, now = ladders[row["subscription_id"], row["number"]], ZoneInfo(row["zone"]), moment(now_ms)
        warn_at, retry_at = awake(ladder, now, zone), moment(row["retry_at_ms"])
        if late_by := warn_at - moment(row["warn_at_ms"]):
            retry_at = awake(ladder, retry_at + late_by, zone)
        at_night = warn_at > now
        connection.execute(
            update(PERIODS)
            .where(PERIODS.c.subscription_id == row["subscription_id"], PERIODS.c.number == row["number"])
            .values(
                warn_at_ms=milliseconds(warn_at) if at_night else None,
                retry_at_ms=milliseconds(retry_at),
                changed_at_ms=now_ms,
            )
        )
        if not at_night:
            told.append(_warning(row, now_ms, milliseconds(retry_at)))
    notices.put(connection, told)
    return len(rows)


def _ladders(connection: Connection, rows: Sequence[RowMapping]) -> dict[tuple[str, int], Ladder]:
    """That of each period's plan."""
    found = store.load(connection, {row["subscription_id"] for row in rows})
    plan_of = {
        (row["subscription_id"], row["number"]): found[row["subscription_id"]].terms_of(row["number"]).plan_id
        for row in rows
    }
    policies = store.policies(connection, set(plan_of.values()))
    return {key: policies[plan_id].ladder for key, plan_id in plan_of.items()}


def _warning(row: RowMapping, now_ms: int, retry_at_ms: int) -> Notice:
    name = order_id_of(row["subscription_id"], row["number"], row["attempt"])
    return Notice(states.LAST_WARNING, row["subscription_id"], row["number"], name, now_ms, retry_at_ms)
