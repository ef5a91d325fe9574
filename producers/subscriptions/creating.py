"""New subscriptions, all of a call or none of them; the same again is no second one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from producers.errors import ArchiveUnavailable
from producers.subscriptions.book import store
from producers.subscriptions.sameness import check_same
from producers.subscriptions.values import Plan, Subscription
from producers.subscriptions.wishes import FindPlan

#: What the fields of a row mean.
Parse: TypeAlias = Callable[[Mapping[str, object]], Subscription]


def create_all(
    connection: Connection, rows: Iterable[Mapping[str, object]], parse: Parse, now_ms: int
) -> Iterator[tuple[Subscription, bool]]:
    """Each with whether it is new, `store.CHUNK` of them in memory at a time.

    Raises:
        SubscriptionConflict: the id stands for another subscription.
        ArchiveUnavailable: somebody else creates one of them.
    """
    wanted = iter(rows)
    while chunk := [(fields, parse(fields)) for fields in islice(wanted, store.CHUNK)]:
        yield from _created(connection, chunk, now_ms)


def plan_finder(connection: Connection) -> FindPlan:
    """Plans never change: each is read once."""

    @cache
    def find(plan_id: str) -> Plan | None:
        return next(iter(store.plans(connection, plan_id)), None)

    return find


def _created(
    connection: Connection, chunk: Sequence[tuple[Mapping[str, object], Subscription]], now_ms: int
) -> list[tuple[Subscription, bool]]:
    there = store.load(connection, [wanted.subscription_id for _, wanted in chunk])
    new: dict[str, Subscription] = {}
    told = []
    for fields, wanted in chunk:
        before = there.get(wanted.subscription_id) or new.get(wanted.subscription_id)
        if before is None:
            new[wanted.subscription_id] = wanted
        else:
            check_same(connection, before, wanted, start_given=bool(fields.get("start")))
        told.append((before or wanted, before is None))
    try:
        if new:
            store.add(connection, list(new.values()), now_ms)
    except IntegrityError:
        raise ArchiveUnavailable("somebody else creates the same subscription; call again") from None
    return told
