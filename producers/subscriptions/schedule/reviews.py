"""What a human looks at and decides: periods that are held, skipped or declined; charge one after all, or waive it.

A further attempt has an order_id of its own. It is made only when the one before is known to have ended unpaid: while
that is pending or unknown there is none, or a customer could pay twice for a period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, select, update

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.contract import states as orders
from producers.errors import SubscriptionState, SubscriptionUnknown
from producers.subscriptions.book import store
from producers.subscriptions.book.periods import REFUSED, Attempt, add_attempts, attempt_of, named_anew
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS
from producers.subscriptions.dunning.policy import link_fits
from producers.subscriptions.dunning.retries import lock
from producers.subscriptions.identity import ATTEMPT_MAX, order_id_of
from producers.subscriptions.values import Subscription

#: Periods that are not paid, and that nothing is on its way for.
UNPAID: Final = (states.HELD, states.SKIPPED, states.DECLINED, states.RETRYING, states.PAST_DUE)
#: Ends of an attempt after which another may be made.
ENDED_UNPAID: Final = (orders.TERMINAL - {orders.APPROVED}) | {REFUSED}


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A period as people and programs see it. `order_id` is that of its newest attempt."""

    subscription_id: str
    number: int
    state: str
    reason: str | None
    starts_at_ms: int
    ends_at_ms: int
    due_at_ms: int
    zone: str
    amount: Money
    attempt: int
    order_id: str | None
    retry_at_ms: int | None = None


def in_states(
    connection: Connection, wanted: Sequence[str], *, after: tuple[str, int] = ("", 0), limit: int = store.CHUNK
) -> list[PeriodView]:
    """Periods in those states, by subscription and number, from behind `after` on."""
    name, number = after
    behind = (PERIODS.c.subscription_id > name) | and_(PERIODS.c.subscription_id == name, PERIODS.c.number > number)
    query = _views().where(PERIODS.c.state.in_(wanted), behind)
    query = query.order_by(PERIODS.c.subscription_id, PERIODS.c.number).limit(limit)
    return [_view(row) for row in connection.execute(query).mappings()]


def of_subscription(
    connection: Connection, subscription_id: str, limit: int, *, before: int | None = None
) -> list[PeriodView]:
    """The newest periods of a subscription, newest first; only those before that number, if one is given."""
    query = _views().where(PERIODS.c.subscription_id == subscription_id)
    if before is not None:
        query = query.where(PERIODS.c.number < before)
    query = query.order_by(PERIODS.c.number.desc()).limit(limit)
    return [_view(row) for row in connection.execute(query).mappings()]


def release(connection: Connection, subscription_id: str, number: int, now_ms: int) -> Attempt:
    """Have a period charged that was not: by a further attempt, or by the one that was never handed in.

    Raises:
        SubscriptionUnknown: `period_unknown`.
        SubscriptionState: `period_open` or `attempt_open`, it may be paid yet; `card_missing` or `card_dead`;
            `attempts_over`.
    """
    view, last = _unpaid(connection, subscription_id, number)
    subscription = store.load(connection, [subscription_id])[subscription_id]
    card = _card(connection, subscription)
    if last is None or last["outcome"] is not None:
        attempt = _further(connection, view, subscription, card)
        add_attempts(connection, [attempt], now_ms)
    else:
        named_anew(connection, last["order_id"], card)
        attempt = replace(attempt_of(last), payment_id=card)
    _move(connection, view, states.PLANNED, None, attempt.attempt, now_ms)
    return attempt


def waive(connection: Connection, subscription_id: str, number: int, reason: str, now_ms: int) -> None:
    """Let a period go unpaid for good. Raises as `release`."""
    view, _ = _unpaid(connection, subscription_id, number)
    _move(connection, view, states.WAIVED, reason, view.attempt, now_ms)


def conflicting(connection: Connection, subscription_id: str, number: int) -> str | None:
    """The order of that period that the ledger did not take, because it has one of that name with other content."""
    query = _views().where(PERIODS.c.subscription_id == subscription_id, PERIODS.c.number == number)
    found: str | None = connection.scalar(
        query.with_only_columns(ATTEMPTS.c.order_id).where(
            ATTEMPTS.c.outcome == REFUSED, ATTEMPTS.c.reason == states.ORDER_CONFLICT
        )
    )
    return found


def _unpaid(connection: Connection, subscription_id: str, number: int) -> tuple[PeriodView, RowMapping | None]:
    lock(connection, [subscription_id])
    row = (
        connection.execute(_views().where(PERIODS.c.subscription_id == subscription_id, PERIODS.c.number == number))
        .mappings()
        .first()
    )
    if row is None:
        raise SubscriptionUnknown("period_unknown", f"{subscription_id} has no period {number} that was due")
    view = _view(row)
    if view.state not in UNPAID:
        raise SubscriptionState("period_open", f"period {number} of {subscription_id} is {view.state}")
    last = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.order_id == view.order_id)).mappings().first()
    if last is not None and last["outcome"] is not None and last["outcome"] not in ENDED_UNPAID:
        raise SubscriptionState("attempt_open", f"order {view.order_id} is {last['outcome']}: it may be paid yet")
    return view, last


def _card(connection: Connection, subscription: Subscription) -> str:
    if subscription.payment_id is None:
        raise SubscriptionState("card_missing", f"{subscription.subscription_id} has no card: save one first")
    if store.is_dead(connection, subscription.payment_id):
        raise SubscriptionState("card_dead", "the bank has forbidden to charge that card again: save another")
    return subscription.payment_id


def _further(connection: Connection, view: PeriodView, subscription: Subscription, card: str) -> Attempt:
    if view.attempt >= ATTEMPT_MAX:
        raise SubscriptionState("attempts_over", f"period {view.number} had {ATTEMPT_MAX} attempts")
    number, attempt = view.number, view.attempt + 1
    plan_id = subscription.terms_of(number).plan_id
    link = store.policies(connection, [plan_id])[plan_id].link and link_fits(subscription.description)
    return Attempt(
        view.subscription_id,
        number,
        attempt,
        order_id_of(view.subscription_id, number, attempt),
        card,
        subscription.account,
        view.amount,
        subscription.country,
        subscription.description,
        link,
    )


def _move(connection: Connection, view: PeriodView, state: str, reason: str | None, attempt: int, now_ms: int) -> None:
    moved = connection.execute(
        update(PERIODS)
        .where(PERIODS.c.subscription_id == view.subscription_id, PERIODS.c.number == view.number)
        .where(PERIODS.c.state == view.state, PERIODS.c.attempt == view.attempt)
        .values(state=state, reason=reason, attempt=attempt, retry_at_ms=None, warn_at_ms=None, changed_at_ms=now_ms)
    )
    if moved.rowcount != 1:
        raise SubscriptionState("period_open", f"period {view.number} of {view.subscription_id} has just changed")


def _views() -> Any:
    same = (ATTEMPTS.c[name] == PERIODS.c[name] for name in ("subscription_id", "number", "attempt"))
    return select(PERIODS, ATTEMPTS.c.order_id).outerjoin(ATTEMPTS, and_(*same))


def _view(row: RowMapping) -> PeriodView:
    return PeriodView(
        row["subscription_id"],
        row["number"],
        row["state"],
        row["reason"],
        row["starts_at_ms"],
        row["ends_at_ms"],
        row["due_at_ms"],
        row["zone"],
        Money(row["amount_minor"], row["currency"]),
        row["attempt"],
        row["order_id"],
        row["retry_at_ms"],
    )
