"""Periods that were skipped for want of something that is there now: the newest due one is tried, older ones are held.

Only what ended unpaid, or was never handed in, is opened again. A period whose order may be in the ledger keeps that
order: it goes back to where a run finds it, and the ledger says whether it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select, update

from producers.contract import renewals as states
from producers.contract import states as orders
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS
from producers.subscriptions.values import Subscription, milliseconds


def reopen(
    connection: Connection, subscription: Subscription, reasons: Sequence[str], because: str, now: datetime
) -> None:
    """Open what was skipped for one of these reasons. Whoever calls holds the subscription."""
    newest, now_ms = subscription.last_due(now), milliseconds(now)
    same = (ATTEMPTS.c[name] == PERIODS.c[name] for name in ("subscription_id", "number", "attempt"))
    skipped = (
        select(PERIODS.c.number, PERIODS.c.attempt, ATTEMPTS.c.outcome)
        .outerjoin(ATTEMPTS, and_(*same))
        .where(PERIODS.c.subscription_id == subscription.subscription_id)
        .where(PERIODS.c.state == states.SKIPPED, PERIODS.c.reason.in_(reasons))
    )
    for row in connection.execute(skipped).mappings().all():
        connection.execute(
            update(PERIODS)
            .where(PERIODS.c.subscription_id == subscription.subscription_id, PERIODS.c.number == row["number"])
            .values(**_opened(row, newest, because, now_ms), changed_at_ms=now_ms)
        )


def _opened(row: RowMapping, newest: int, because: str, now_ms: int) -> dict[str, Any]:
    if row["number"] < newest:
        return {"state": states.HELD, "reason": states.MISSED}
    if row["attempt"] and row["outcome"] not in orders.TERMINAL:
        return {"state": states.PLANNED, "reason": None}
    return {"state": states.RETRYING, "reason": because, "retry_at_ms": now_ms}
