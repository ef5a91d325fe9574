"""The classes of data that the archive keeps for a time, as a table: which rows, how long, and what becomes of them.

Rows of orders, attempts, chargebacks and periods are in no class: they are the books. Only what they say of people is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, exists, or_

from producers.contract.renewals import CANCELLED
from producers.subscriptions.book.tables import ATTEMPTS, NOTICES, SUBSCRIPTIONS, TERMS
from workers.events.archive.tables import EVENTS, NOTIFICATIONS, OPERATOR_ACTIONS, ORDERS, UNREAD_EVENTS
from workers.events.webhooks.pruning import KEPT_BEYOND_S, nobody_sends, take_off
from workers.events.webhooks.tables import DELIVERIES
from workers.privacy.pseudonyms import MARK
from workers.reconciling.tables import RECONCILIATIONS

#: What is emptied in a row; None: the row is deleted.
Emptied = Mapping[str, Any]
#: Deletes the rows of which that is so, by that limit (ms); how many.
TakeOff = Callable[[Connection, ColumnElement[bool], int], int]


@dataclass(frozen=True, slots=True)
class Class:
    """Rows of `table` whose `at` is before the limit of `setting` and `beyond_s`, and of which `more` is true. `named`
    is the column whose name a pseudonym replaces. `take_off` deletes rows that others of the table wait for.
    """

    name: str
    setting: str
    table: Table
    at: Column[int]
    more: Callable[[int], ColumnElement[bool]] | None = None
    emptied: Emptied | None = None
    named: str | None = None
    beyond_s: float = 0
    take_off: TakeOff | None = None

    def due(self, limit_ms: int) -> ColumnElement[bool]:
        """Whether a row is over its time."""
        over = self.at < limit_ms
        return over if self.more is None else and_(over, self.more(limit_ms))


def is_name(column: Column[str]) -> ColumnElement[bool]:
    """Whether somebody is named there, and not by a pseudonym."""
    return and_(column.is_not(None), column.not_like(f"{MARK}%"))


def _told(limit_ms: int) -> ColumnElement[bool]:
    """What an order's rows follow from stays until the order is over its time: later events may change them."""
    goes_on = exists().where(
        ORDERS.c.order_id == EVENTS.c.subject,
        or_(ORDERS.c.ended_at_ms.is_(None), ORDERS.c.ended_at_ms >= limit_ms),
    )
    return and_(EVENTS.c.body.is_not(None), ~goes_on)


def _person_of_order(limit_ms: int) -> ColumnElement[bool]:
    shown = or_(is_name(ORDERS.c.customer), ORDERS.c.card_last4.is_not(None), ORDERS.c.card_id.is_not(None))
    return and_(ORDERS.c.ended_at_ms < limit_ms, shown)


def _person_of_subscription(limit_ms: int) -> ColumnElement[bool]:
    shown = or_(is_name(SUBSCRIPTIONS.c.customer), SUBSCRIPTIONS.c.description.is_not(None))
    return and_(SUBSCRIPTIONS.c.state == CANCELLED, shown)


def _of_ended_subscription(named: Column[str], text: Column[str]) -> Callable[[int], ColumnElement[bool]]:
    """Whether that text is of a subscription, named there, that ended so long ago."""

    def more(limit_ms: int) -> ColumnElement[bool]:
        ended = exists().where(
            SUBSCRIPTIONS.c.subscription_id == named,
            SUBSCRIPTIONS.c.state == CANCELLED,
            SUBSCRIPTIONS.c.changed_at_ms < limit_ms,
        )
        return and_(text.is_not(None), ended)

    return more


CLASSES: Final = (
    Class("event_bodies", "event_bodies_kept_s", EVENTS, EVENTS.c.at_ms, _told, {"body": None}),
    Class("unread_events", "event_bodies_kept_s", UNREAD_EVENTS, UNREAD_EVENTS.c.since_ms),
    Class(
        "orders", "personal_kept_s", ORDERS, ORDERS.c.accepted_at_ms, _person_of_order,
        {"card_last4": None, "card_id": None}, "customer",
    ),
    Class(
        "subscriptions", "personal_kept_s", SUBSCRIPTIONS, SUBSCRIPTIONS.c.changed_at_ms, _person_of_subscription,
        {"description": None}, "customer",
    ),
    Class(
        "consents", "personal_kept_s", TERMS, TERMS.c.recorded_at_ms,
        _of_ended_subscription(TERMS.c.subscription_id, TERMS.c.consent), {"consent": None},
    ),
    Class(
        "attempts", "personal_kept_s", ATTEMPTS, ATTEMPTS.c.made_at_ms,
        _of_ended_subscription(ATTEMPTS.c.subscription_id, ATTEMPTS.c.description), {"description": None},
    ),
    Class("notices", "notices_kept_s", NOTICES, NOTICES.c.taken_at_ms),
    Class("reconciliations", "reconciliations_kept_s", RECONCILIATIONS, RECONCILIATIONS.c.began_at_ms),
    Class("audit_lines", "audit_kept_s", OPERATOR_ACTIONS, OPERATOR_ACTIONS.c.at_ms),
    Class("notifications", "notifications_kept_s", NOTIFICATIONS, NOTIFICATIONS.c.at_ms),
    Class(
        "webhooks_over", "events_kept_s", DELIVERIES, DELIVERIES.c.since_ms, lambda _: nobody_sends(),
        beyond_s=KEPT_BEYOND_S, take_off=take_off,
    ),
    # Of a process that may only be away; one that runs takes off what waits for an endpoint that is no more.
    Class("webhooks_waiting", "event_bodies_kept_s", DELIVERIES, DELIVERIES.c.since_ms, take_off=take_off),
)  # fmt: skip
