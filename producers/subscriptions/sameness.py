"""Whether a repeated `create` means the subscription that is there."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from producers.errors import SubscriptionConflict
from producers.subscriptions.book import store
from producers.subscriptions.values import Subscription, Terms

#: What a repeated `create` must agree in, beside the terms.
_SAME: Final = ("country", "account", "customer", "description")


def check_same(connection: Connection, before: Subscription, wanted: Subscription, *, start_given: bool) -> None:
    """Refuse to take another subscription for the one of that id, whatever became of it since."""
    first = store.first_terms(connection, wanted.subscription_id) or before.terms[0]
    differing = [name for name in _SAME if getattr(before, name) != getattr(wanted, name)]
    differing += _differing_terms(first, wanted.terms[0], start_given=start_given)
    if differing:
        raise SubscriptionConflict("subscription_conflict", f"subscription {wanted.subscription_id}", differing)


def _differing_terms(before: Terms, wanted: Terms, *, start_given: bool) -> list[str]:
    """What a repeated `create` says otherwise. A start that was not given is the day of the first call."""
    pairs: dict[str, tuple[object, object]] = {
        "plan_id": (before.plan_id, wanted.plan_id),
        "amount": (before.amount, wanted.amount),
        "interval": (before.schedule.interval, wanted.schedule.interval),
        "zone": (before.schedule.zone, wanted.schedule.zone),
    }
    if start_given:
        pairs["start"] = (before.schedule.base, wanted.schedule.base)
        pairs["anchor_day"] = (before.schedule.anchor_day, wanted.schedule.anchor_day)
    return [name for name, (old, new) in pairs.items() if old != new]
