"""What a plan is made of: subscriptions with something due, what runs left half done, what speaks against cards.

Read from one moment of the archive, then completed by what the ledger says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, union

from producers.contract import renewals as states
from producers.runtime.archive.database import Archive
from producers.subscriptions.book import store
from producers.subscriptions.book.periods import Attempt, attempt_of, handed_in, planned
from producers.subscriptions.book.tables import PERIODS, SUBSCRIPTIONS
from producers.subscriptions.dunning.retries import Retry, due, with_retries
from producers.subscriptions.schedule.planning import Standing, Taken
from producers.subscriptions.till import Card, Objection, Till
from producers.subscriptions.values import Subscription, milliseconds

#: Subscriptions that are looked at together.
CHUNK: Final = store.CHUNK


def standings(archive: Archive, till: Till, now: datetime) -> Iterator[dict[str, Standing]]:
    """Every subscription with something to decide by `now`, in chunks, by id."""
    after = ""
    while True:
        with archive.reading() as connection:
            ids = _with_work(connection, now, after)
            if not ids:
                return
            subscriptions = store.load(connection, ids)
            left = [attempt_of(row) for row in connection.execute(planned(ids)).mappings()]
            retries = due(connection, ids, milliseconds(now))
            policies = store.policies(connection, {_plan_id(each, now) for each in subscriptions.values()})
        taken = _not_handed_in(archive, till, left, milliseconds(now))
        against = _against(till, list(subscriptions.values()), now)
        tried = _tried_again(till, subscriptions, retries)
        yield {
            name: Standing(
                subscription,
                tuple(taken.get(name, ())),
                against[name].reason if name in against else "",
                tuple(retry for retry in tried if retry.subscription_id == name),
                against[name].until_ms if name in against else None,
                policies[_plan_id(subscription, now)].link,
            )
            for name, subscription in subscriptions.items()
        }
        after = ids[-1]


def _with_work(connection: Connection, now: datetime, after: str) -> list[str]:
    new = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.next_due_ms <= milliseconds(now))
    left = select(PERIODS.c.subscription_id).where(PERIODS.c.state == states.PLANNED)
    both = union(new, left, with_retries(milliseconds(now))).subquery()
    query = select(both.c.subscription_id).where(both.c.subscription_id > after).order_by(both.c.subscription_id)
    return list(connection.scalars(query.limit(CHUNK)))


def _not_handed_in(archive: Archive, till: Till, left: Sequence[Attempt], now_ms: int) -> dict[str, list[Taken]]:
    """Those that the ledger does not know; what it knows is in flight, and the archive is told so."""
    missing: dict[str, list[Taken]] = {}
    known = []
    for attempt in left:
        if till.find(attempt.order_id) is None:
            taken = Taken(attempt.number, attempt.attempt, attempt.amount)
            missing.setdefault(attempt.subscription_id, []).append(taken)
        else:
            known.append(attempt)
    if known:
        with archive.writing() as connection:
            handed_in(connection, known, now_ms)
    return missing


def _plan_id(subscription: Subscription, now: datetime) -> str | None:
    return subscription.terms_of(max(1, subscription.last_due(now))).plan_id


def _tried_again(till: Till, subscriptions: Mapping[str, Subscription], retries: Sequence[Retry]) -> list[Retry]:
    """The retries with what the ledger holds against each."""
    cards = {}
    for retry in retries:
        subscription = subscriptions[retry.subscription_id]
        if subscription.payment_id:
            cards[retry] = Card(subscription.account, subscription.payment_id, retry.amount)
    found = dict(zip(cards, till.against(list(cards.values())), strict=True))
    return [
        replace(retry, against=found[retry].reason, until_ms=found[retry].until_ms) if retry in found else retry
        for retry in retries
    ]


def _against(till: Till, subscriptions: Sequence[Subscription], now: datetime) -> dict[str, Objection]:
    """What the ledger holds against charging what is due now, by subscription."""
    cards = {
        each.subscription_id: Card(each.account, each.payment_id, each.terms_of(max(1, each.last_due(now))).amount)
        for each in subscriptions
        if each.payment_id
    }
    return dict(zip(cards, till.against(list(cards.values())), strict=True))
