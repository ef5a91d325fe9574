"""What a report asks of the archive, in SQL that SQLite, PostgreSQL and DuckDB all read. Each goes over a table once.

Times become local by adding a zone's offset, which depends on the time alone. `x - x % DAY_MS` is the day of a local
time: the three databases do not divide alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    FromClause,
    String,
    and_,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.sql.expression import union_all

from producers.contract import states
from producers.contract.names import REFUND
from workers.analytics.ages import AGES_MS
from workers.analytics.kinds import CHARGE, COUNTED, PAYMENTS
from workers.analytics.local_time import DAY_MS, HOUR_MS, Span, spans
from workers.analytics.scope import Scope
from workers.events.archive.tables import CHARGEBACKS, ORDERS

#: Below 2^7 each millisecond is a class of its own; above it a class is at most 1/64 wide.
_FINE_BITS: Final = 7
FINE_MS: Final = 1 << _FINE_BITS
#: The longest time that is told apart from longer ones: 2^40 ms are 34 years.
_LONGEST_BITS: Final = 40

_O: Final = ORDERS.c
#: A renewal's attempt after the first.
_LATER: Final = and_(_O.subscription_id.is_not(None), _O.attempt > 1)


@dataclass(frozen=True, slots=True)
class Queries:
    """The statements about one scope. `now_ms` is when what is open is looked at."""

    scope: Scope
    now_ms: int

    def cube(self) -> Executable:
        """Orders by everything but time."""
        dimensions = (
            _O.kind,
            _O.currency,
            _O.account,
            _O.state,
            _O.held,
            _O.country,
            _O.card_brand,
            _O.decline_code,
            _O.merchant_advice_code,
        )
        return (
            select(
                *dimensions,
                func.count(),
                func.sum(_O.amount_minor),
                func.count().filter(_O.claims > 1),
                func.coalesce(func.sum(_O.claims - 1).filter(_O.claims > 1), 0),
                func.count().filter(_LATER),
                func.coalesce(func.sum(_O.amount_minor).filter(_LATER), 0),
            )
            .where(*self._accepted(ORDERS, self.scope))
            .group_by(*dimensions)
        )

    def before(self) -> Executable:
        """Orders of the period before, by what totals need."""
        dimensions = (_O.kind, _O.currency, _O.state, _O.held)
        counted = select(*dimensions, func.count(), func.sum(_O.amount_minor))
        return counted.where(*self._accepted(ORDERS, self.scope.before)).group_by(*dimensions)

    def trend(self) -> Executable:
        """Orders by local day, and by hour of the local day: `grain` says which, `local_ms` is the day or the hour."""
        local = self._local(_O.accepted_at_ms)
        hour = (local - local % HOUR_MS).label("hour")
        dimensions = (_O.kind, _O.currency, _O.state, _O.held)
        hours = (
            select(*dimensions, hour, func.count().label("n"), func.sum(_O.amount_minor).label("money"))
            .where(*self._accepted(ORDERS, self.scope))
            .group_by(*dimensions, hour)
            .cte("hours")
        )
        h = hours.c
        day, of_day = h.hour - h.hour % DAY_MS, h.hour % DAY_MS
        return union_all(
            *(
                select(
                    literal_column(f"'{grain}'", String).label("grain"),
                    h.kind,
                    h.currency,
                    h.state,
                    h.held,
                    at.label("local_ms"),
                    func.sum(h.n),
                    func.sum(h.money),
                ).group_by(h.kind, h.currency, h.state, h.held, at)
                for grain, at in (("day", day), ("hour", of_day))
            )
        )

    def latencies(self) -> Executable:
        """Payments that the bank answered, by classes of how long it took; each with its shortest and longest."""
        whole = _O.ended_at_ms - _O.accepted_at_ms
        sent = _O.ended_at_ms - _O.sent_at_ms
        classes = (_class_of(whole).label("whole"), _class_of(sent).label("sent"))
        return (
            select(*classes, func.count(), func.min(whole), func.max(whole), func.min(sent), func.max(sent))
            .where(
                *self._accepted(ORDERS, self.scope),
                _O.kind.in_(PAYMENTS),
                _O.state.in_((states.APPROVED, states.DECLINED)),
                _O.ended_at_ms.is_not(None),
            )
            .group_by(*classes)
        )

    def unresolved(self) -> Executable:
        """Orders that are unknown or parked now, by how long. Successors too: what they go on for is only pending."""
        since = case((_O.state == states.PARKED, _O.parked_at_ms), else_=_O.unknown_at_ms)
        age = self.now_ms - func.coalesce(since, _O.accepted_at_ms)
        classes = case(*((age < limit, number) for number, limit in enumerate(AGES_MS)), else_=len(AGES_MS))
        number = classes.label("age")
        return (
            select(_O.currency, _O.state, number, func.count(), func.sum(_O.amount_minor), func.max(age))
            .where(
                _O.state.in_((states.UNKNOWN, states.PARKED)),
                *self._within(_O.accepted_at_ms, self.scope),
                *self._of(_O.account, _O.currency),
            )
            .group_by(_O.currency, _O.state, number)
        )

    def refunds(self) -> Executable:
        """Approved refunds of the period's payments, by the local day of the payment."""
        refund, paid = ORDERS.alias("refund"), _Paid()
        day = _day(self._local(paid.accepted_at_ms)).label("day")
        # A payment that was continued is known under its root and under the successor that was paid: counted once.
        once = (
            select(refund.c.order_id, refund.c.currency, refund.c.amount_minor, day)
            .distinct()
            .join_from(refund, paid.order, paid.order.c.payment_id == refund.c.parent_id)
            .outerjoin(paid.root, paid.is_root)
            .where(
                refund.c.kind == REFUND,
                refund.c.state == states.APPROVED,
                paid.order.c.kind.in_(PAYMENTS),
                *self._within(paid.accepted_at_ms, self.scope),
                *self._of(paid.account, refund.c.currency),
            )
            .subquery()
        )
        counted = select(once.c.currency, once.c.day, func.count(), func.sum(once.c.amount_minor))
        return counted.group_by(once.c.currency, once.c.day)

    def chargebacks(self) -> Executable:
        """Chargebacks of the period's payments, by the local day of the payment and by status."""
        c, paid = CHARGEBACKS.c, _Paid()
        day = _day(self._local(paid.accepted_at_ms)).label("day")
        return (
            select(c.currency, day, c.status, func.count(), func.sum(c.amount_minor))
            .join_from(CHARGEBACKS, paid.order, paid.order.c.order_id == c.order_id)
            .outerjoin(paid.root, paid.is_root)
            .where(*self._within(paid.accepted_at_ms, self.scope), *self._of(paid.account, c.currency))
            .group_by(c.currency, day, c.status)
        )

    def foreign_chargebacks(self) -> Executable:
        """Chargebacks of payments that are no order's, created in the period."""
        c = CHARGEBACKS.c
        return (
            select(c.currency, c.status, func.count(), func.sum(c.amount_minor))
            .where(c.order_id.is_(null()), *self._within(c.created_at_ms, self.scope), *self._of(c.account, c.currency))
            .group_by(c.currency, c.status)
        )

    def cohorts(self) -> Executable:
        """Charged periods of subscriptions that were first charged in the period, by that day and by how much later."""
        charged = (
            *_charged_renewal(),
            _O.root.is_(null()),
            _O.accepted_at_ms < self.scope.to_ms,
            *self._of(_O.account, _O.currency),
        )
        at = func.min(_O.accepted_at_ms)
        first = (
            select(_O.subscription_id, func.min(_O.period).label("period"), at.label("at_ms"))
            .where(*charged)
            .group_by(_O.subscription_id)
            .having(at >= self.scope.from_ms)
            .subquery("first")
        )
        day = _day(self._local(first.c.at_ms)).label("day")
        later = (_O.period - first.c.period).label("later")
        return (
            select(_O.currency, day, later, func.count(), func.sum(_O.amount_minor))
            .join_from(ORDERS, first, first.c.subscription_id == _O.subscription_id)
            .where(*charged)
            .group_by(_O.currency, day, later)
        )

    def _accepted(self, table: FromClause, scope: Scope) -> tuple[ColumnElement[bool], ...]:
        c = table.c
        return (
            c.root.is_(null()),
            c.kind.in_(COUNTED),
            *self._within(c.accepted_at_ms, scope),
            *self._of(c.account, c.currency),
        )

    def _within(self, at_ms: ColumnElement[Any], scope: Scope) -> tuple[ColumnElement[bool], ...]:
        return (at_ms >= scope.from_ms, at_ms < scope.to_ms)

    def _of(self, account: ColumnElement[Any], currency: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
        asked = ((account, self.scope.account), (currency, self.scope.currency))
        return tuple(column == value for column, value in asked if value is not None)

    def _local(self, at_ms: ColumnElement[Any]) -> ColumnElement[int]:
        found: tuple[Span, ...] = spans(self.scope.zone, self.scope.from_ms, self.scope.to_ms)
        *changes, last = found
        if not changes:
            return at_ms + last.offset_ms
        offset = case(*((at_ms < span.until_ms, span.offset_ms) for span in changes), else_=last.offset_ms)
        return at_ms + offset


class _Paid:
    """An order that was paid, and the order that it goes on for, whose time and account are the payment's.

    Only orders with a successor are looked at for the latter: they are few, and found without reading the others.
    """

    def __init__(self) -> None:
        self.order, self.root = ORDERS.alias("paid"), ORDERS.alias("continued")
        self.is_root = and_(self.root.c.order_id == self.order.c.root, self.root.c.successor.is_not(None))
        self.accepted_at_ms = func.coalesce(self.root.c.accepted_at_ms, self.order.c.accepted_at_ms)
        self.account = func.coalesce(self.root.c.account, self.order.c.account)


def _charged_renewal() -> tuple[ColumnElement[bool], ...]:
    return (
        _O.kind == CHARGE,
        _O.state == states.APPROVED,
        _O.held.is_(False),
        _O.subscription_id.is_not(None),
        _O.period.is_not(None),
    )


def _day(local_ms: ColumnElement[int]) -> ColumnElement[int]:
    return local_ms - local_ms % DAY_MS


def _class_of(duration_ms: ColumnElement[Any]) -> ColumnElement[int]:
    """The lower end of its class: as in an HDR histogram, 64 of them between a power of two and the next."""
    whens = [(duration_ms.is_(None), null()), (duration_ms < FINE_MS, duration_ms)]
    for bits in range(_FINE_BITS + 1, _LONGEST_BITS + 1):
        width = 1 << (bits - _FINE_BITS)
        whens.append((duration_ms < literal(1 << bits, BigInteger), duration_ms - duration_ms % width))
    return case(*whens, else_=literal(1 << _LONGEST_BITS, BigInteger))
