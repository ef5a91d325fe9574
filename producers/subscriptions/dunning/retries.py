"""Further attempts at periods that are not paid: minted when they are due, put off, or ended. Only rows are written.

An attempt is minted where the period stands as its last attempt's end has left it, in one step that says so. So there
is never a second attempt beside one that may be paid yet, whoever else tries to mint one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, select, update

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.subscriptions.book.tables import PERIODS, SUBSCRIPTIONS
from producers.subscriptions.dunning import notices
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.identity import order_id_of

#: Periods that are tried again, or would be if something else were so.
OPEN: Final = (states.RETRYING, states.PAST_DUE)
#: How long a retry waits that must not be made now, and nobody knows until when.
PUT_OFF_MS: Final = 24 * 3600 * 1000

_NOTHING_MORE: Final = {"retry_at_ms": None, "warn_at_ms": None}


@dataclass(frozen=True, slots=True)
class Retry:
    """A period that is to be tried once more. `attempt` is the one that ended, 0 where there was none; `against` is
    what the ledger holds against another, `until_ms` until when.
    """

    subscription_id: str
    number: int
    attempt: int
    amount: Money
    retry_at_ms: int
    against: str = ""
    until_ms: int | None = None


def lock(connection: Connection, ids: Iterable[str]) -> None:
    """Hold these subscriptions until the transaction ends."""
    wanted = sorted(set(ids))
    query = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.subscription_id.in_(wanted))
    connection.execute(query.order_by(SUBSCRIPTIONS.c.subscription_id).with_for_update()).all()


def with_retries(now_ms: int) -> Select[Any]:
    """The subscriptions with a retry that is due; of a last one only once its warning is out."""
    return select(PERIODS.c.subscription_id).where(*_due(now_ms))


def due(connection: Connection, ids: Sequence[str], now_ms: int) -> list[Retry]:
    """The retries of those subscriptions that are due, the longest due first."""
    query = select(PERIODS).where(*_due(now_ms), PERIODS.c.subscription_id.in_(ids))
    return [
        Retry(
            row["subscription_id"],
            row["number"],
            row["attempt"],
            Money(row["amount_minor"], row["currency"]),
            row["retry_at_ms"],
        )
        for row in connection.execute(query.order_by(PERIODS.c.retry_at_ms, PERIODS.c.number)).mappings()
    ]


def mint(connection: Connection, retry: Retry, now_ms: int) -> bool:
    """Take the period for its next attempt; False when it is not as the retry says."""
    return _move(connection, retry, now_ms, state=states.PLANNED, attempt=retry.attempt + 1, reason=None)


def put_off(connection: Connection, retry: Retry, reason: str, now_ms: int) -> bool:
    """Not now, because of `reason`: later, with a new card, or when a human says so."""
    if reason in (states.CARD_DEAD, states.CARD_MISSING):
        order_id = order_id_of(retry.subscription_id, retry.number, max(1, retry.attempt))
        if _move(connection, retry, now_ms, state=states.PAST_DUE, reason=states.NEW_CARD):
            told = Notice(states.CARD_NEEDED, retry.subscription_id, retry.number, order_id, now_ms)
            notices.put(connection, [told])
            return True
        return False
    if reason == states.CONSENT_MISSING:
        return _move(connection, retry, now_ms, state=states.SKIPPED, reason=reason)
    if reason in (states.WAS_PAUSED, states.NETWORK_BUDGET):
        later_ms = later(retry.until_ms, now_ms)
        return _move(connection, retry, now_ms, state=states.RETRYING, reason=reason, retry_at_ms=later_ms)
    return _move(connection, retry, now_ms, state=states.HELD, reason=reason)


def later(until_ms: int | None, now_ms: int) -> int:
    """When something is tried that must not be before `until_ms`. That is the ledger's time, which is not behind ours
    unless ours is a play's.
    """
    return until_ms if until_ms is not None and until_ms > now_ms else now_ms + PUT_OFF_MS


def at_once(connection: Connection, subscription_id: str, now_ms: int) -> None:
    """Try every open period of the subscription with its new card. Whoever calls holds the subscription."""
    connection.execute(
        update(PERIODS)
        .where(PERIODS.c.subscription_id == subscription_id, PERIODS.c.state.in_(OPEN))
        .values(
            state=states.RETRYING,
            reason=states.NEW_CARD,
            retry_at_ms=now_ms,
            warn_at_ms=None,
            changed_at_ms=now_ms,
        )
    )


def stop(connection: Connection, subscription_id: str, reason: str, now_ms: int) -> None:
    """Try none of the subscription's periods again. Whoever calls holds the subscription."""
    connection.execute(
        update(PERIODS)
        .where(PERIODS.c.subscription_id == subscription_id, PERIODS.c.state.in_(OPEN))
        .values(state=states.DECLINED, reason=reason, **_NOTHING_MORE, changed_at_ms=now_ms)
    )


def _due(now_ms: int) -> tuple[Any, ...]:
    return (
        PERIODS.c.state == states.RETRYING,
        PERIODS.c.retry_at_ms <= now_ms,
        PERIODS.c.warn_at_ms.is_(None),
    )


def _same(subscription_id: str, number: int, attempt: int) -> Any:
    return and_(
        PERIODS.c.subscription_id == subscription_id,
        PERIODS.c.number == number,
        PERIODS.c.attempt == attempt,
        PERIODS.c.state == states.RETRYING,
    )


def _move(connection: Connection, retry: Retry, now_ms: int, **values: Any) -> bool:
    moved = connection.execute(
        update(PERIODS)
        .where(_same(retry.subscription_id, retry.number, retry.attempt))
        .where(PERIODS.c.retry_at_ms == retry.retry_at_ms)
        .values(**{**_NOTHING_MORE, **values}, changed_at_ms=now_ms)
    )
    return moved.rowcount == 1
