"""The rows of periods and their attempts: taken once, whoever tries, and moved from state to state.

Every write here is guarded by what it rests on (that nobody has written the subscription since, the state before), so
that of several schedulers one writes and the others learn that they were overtaken. Subscriptions are written before
attempts, attempts before periods, and each in the order of their keys: writers wait for each other, never in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, exists, insert, or_, select, update

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.contract.commands import BRIDGE
from producers.subscriptions.book.tables import ATTEMPTS, PERIODS, SUBSCRIPTIONS
from producers.subscriptions.dunning import retries
from producers.subscriptions.dunning.retries import Retry
from producers.subscriptions.schedule.planning import Decision
from producers.subscriptions.values import Subscription, milliseconds

#: The outcome of an order that the ledger did not take.
REFUSED: Final = "refused"
#: The state in which a period begins, by what was decided about it.
_STATE: Final = {"charge": states.PLANNED, "skip": states.SKIPPED, "hold": states.HELD}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One order of a period, as it was decided."""

    subscription_id: str
    number: int
    attempt: int
    order_id: str
    payment_id: str
    account: str
    amount: Money
    country: str
    description: str | None
    needs_customer: bool = False
    #: Of the subscription, for which it never changes; not stored with the attempt.
    customer: str | None = None

    @property
    def fields(self) -> dict[str, object]:
        """The charge, as `Enqueuer.charge` takes it; always the same of the same attempt."""
        given: dict[str, object] = {
            "order_id": self.order_id,
            "amount": self.amount.text,
            "currency": self.amount.currency,
            "country": self.country,
            "payment_id": self.payment_id,
            "account": self.account,
        }
        if self.needs_customer:
            given["needs_customer"] = BRIDGE
        if self.customer is not None:
            given["customer"] = self.customer
        return given if self.description is None else {**given, "description": self.description}


def still(connection: Connection, subscriptions: Iterable[Subscription]) -> set[str]:
    """Those of the subscriptions that nobody has written since they were read, nor does until this transaction ends."""
    wanted = {each.subscription_id: (each.version, each.next_number) for each in subscriptions}
    rows = connection.execute(
        select(SUBSCRIPTIONS.c.subscription_id, SUBSCRIPTIONS.c.version, SUBSCRIPTIONS.c.next_number)
        .where(SUBSCRIPTIONS.c.subscription_id.in_(sorted(wanted)))
        .order_by(SUBSCRIPTIONS.c.subscription_id)
        .with_for_update()
    )
    return {name for name, version, number in rows if wanted[name] == (version, number)}


def take(connection: Connection, decisions: Sequence[Decision], run_id: str, now_ms: int) -> None:
    """Write the rows of new periods, of subscriptions that are `still` as they were.

    The decisions of each are about successive periods, from the first that nobody has taken.
    """
    last = {each.subscription.subscription_id: each for each in decisions}
    connection.execute(
        update(SUBSCRIPTIONS)
        .where(SUBSCRIPTIONS.c.subscription_id == bindparam("name"))
        .values(next_number=bindparam("next"), next_due_ms=bindparam("due"), state=bindparam("to")),
        [_advanced(last[name]) for name in sorted(last)],
    )
    connection.execute(insert(PERIODS), [_period_row(each, run_id, now_ms) for each in decisions])
    if attempts := [_next_attempt(each) for each in decisions if each.deed == "charge"]:
        add_attempts(connection, attempts, now_ms)


def amend(connection: Connection, decisions: Sequence[Decision], now_ms: int) -> list[Decision]:
    """Skip or hold periods that a run took and did not hand in, of subscriptions that are `still` as they were; those
    that are not past that.
    """
    return [each for each in decisions if _amended(connection, each, now_ms)]


def try_again(connection: Connection, decisions: Sequence[Decision], now_ms: int) -> list[Decision]:
    """Mint the attempts of retries, or put them off; those decisions that did."""
    done = [each for each in decisions if each.retry and _tried(connection, each, each.retry, now_ms)]
    if minted := [_next_attempt(each) for each in done if each.deed == "charge"]:
        add_attempts(connection, minted, now_ms)
    return done


def add_attempts(connection: Connection, attempts: Sequence[Attempt], now_ms: int) -> None:
    """New attempts."""
    connection.execute(insert(ATTEMPTS), [_attempt_row(each, now_ms) for each in attempts])


def attempts_of(connection: Connection, order_ids: Iterable[str]) -> dict[str, Attempt]:
    """Attempts by their orders."""
    query = select(ATTEMPTS).where(ATTEMPTS.c.order_id.in_(list(order_ids)))
    return {row["order_id"]: attempt_of(row) for row in connection.execute(query).mappings()}


def recard(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Have attempts that were never handed in name the card that their subscriptions have by now.

    One of them may be on its way to the ledger all the same, with the card of before: the ledger takes one of the two.
    """
    for each in decisions:
        named_anew(connection, each.order_id, each.subscription.payment_id)


def named_anew(connection: Connection, order_id: str, payment_id: str | None) -> None:
    """The attempt of that order, unless it has been told of, names that payment."""
    connection.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.order_id == order_id, ATTEMPTS.c.outcome.is_(None), ATTEMPTS.c.payment_id != payment_id)
        .values(payment_id=payment_id)
    )


def with_customers(connection: Connection, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The same attempts, each with whom it is for."""
    named = SUBSCRIPTIONS.c.subscription_id.in_({each.subscription_id for each in attempts})
    rows = connection.execute(select(SUBSCRIPTIONS.c.subscription_id, SUBSCRIPTIONS.c.customer).where(named))
    found = {row.subscription_id: row.customer for row in rows}
    return [replace(each, customer=found[each.subscription_id]) for each in attempts]


def handed_in(connection: Connection, attempts: Iterable[Attempt], now_ms: int) -> None:
    """The ledger has these orders: their periods are in flight, unless they are past that. So are those that another
    run has set aside because it looked for the order too early.
    """
    untold = exists().where(same_attempt(), ATTEMPTS.c.outcome.is_(None))
    set_aside = and_(or_(PERIODS.c.state == states.SKIPPED, PERIODS.c.state == states.HELD), untold)
    if keys := sorted((each.subscription_id, each.number, each.attempt) for each in attempts):
        statement = (
            update(PERIODS)
            .where(PERIODS.c.subscription_id == bindparam("name"), PERIODS.c.number == bindparam("at"))
            .where(PERIODS.c.attempt == bindparam("try"), or_(PERIODS.c.state == states.PLANNED, set_aside))
            .values(state=states.CHARGING, reason=None, changed_at_ms=now_ms)
        )
        connection.execute(statement, [{"name": name, "at": number, "try": tried} for name, number, tried in keys])


def refused(connection: Connection, attempt: Attempt, reason: str, now_ms: int) -> None:
    """The ledger did not take this order: a human looks at why. One that names another card by now was handed in with
    that by somebody else.
    """
    told = connection.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.order_id == attempt.order_id, ATTEMPTS.c.outcome.is_(None))
        .where(ATTEMPTS.c.payment_id == attempt.payment_id)
        .values(outcome=REFUSED, reason=reason, ended_at_ms=now_ms)
    )
    if told.rowcount != 1:
        return
    connection.execute(
        update(PERIODS)
        .where(_at(attempt.subscription_id, attempt.number), PERIODS.c.attempt == attempt.attempt)
        .where(PERIODS.c.state == states.PLANNED)
        .values(state=states.HELD, reason=reason, changed_at_ms=now_ms)
    )


def planned(ids: Sequence[str]) -> Select[Any]:
    """The attempts of those subscriptions that the ledger may not have: their periods are not in flight yet."""
    return (
        select(ATTEMPTS)
        .join(PERIODS, same_attempt())
        .where(PERIODS.c.state == states.PLANNED, PERIODS.c.subscription_id.in_(ids))
        .order_by(PERIODS.c.subscription_id, PERIODS.c.number)
    )


def attempt_of(row: RowMapping) -> Attempt:
    """The attempt in a row."""
    return Attempt(
        row["subscription_id"],
        row["number"],
        row["attempt"],
        row["order_id"],
        row["payment_id"],
        row["account"],
        Money(row["amount_minor"], row["currency"]),
        row["country"],
        row["description"],
        bool(row["needs_customer"]),
    )


def same_attempt() -> Any:
    """That a row of attempts is the newest of a row of periods."""
    columns = ("subscription_id", "number", "attempt")
    return and_(*(ATTEMPTS.c[name] == PERIODS.c[name] for name in columns))


def _amended(connection: Connection, decision: Decision, now_ms: int) -> bool:
    changed = connection.execute(
        update(PERIODS)
        .where(_at(decision.subscription.subscription_id, decision.period.number))
        .where(PERIODS.c.state == states.PLANNED)
        .values(state=_STATE[decision.deed], reason=decision.reason, changed_at_ms=now_ms)
    )
    return changed.rowcount == 1


def _tried(connection: Connection, decision: Decision, retry: Retry, now_ms: int) -> bool:
    if decision.deed == "charge":
        return retries.mint(connection, retry, now_ms)
    return retries.put_off(connection, retry, decision.reason, now_ms)


def _advanced(last: Decision) -> Mapping[str, Any]:
    """The subscription after its last decision: a next period, or none any more."""
    after = replace(last.subscription, next_number=last.period.number + 1)
    due = after.next_due
    return {
        "name": after.subscription_id,
        "next": after.next_number,
        "due": None if due is None else milliseconds(due),
        "to": states.CANCELLED if due is None else after.state,
    }


def _at(subscription_id: str, number: int) -> Any:
    return and_(PERIODS.c.subscription_id == subscription_id, PERIODS.c.number == number)


def _next_attempt(decision: Decision) -> Attempt:
    """The first at the period, or the one after that which a retry follows."""
    subscription = decision.subscription
    assert subscription.payment_id is not None  # else it was skipped
    return Attempt(
        subscription.subscription_id,
        decision.period.number,
        decision.retry.attempt + 1 if decision.retry else 1,
        decision.order_id,
        subscription.payment_id,
        subscription.account,
        decision.amount,
        subscription.country,
        subscription.description,
        decision.link,
    )


def _period_row(decision: Decision, run_id: str, now_ms: int) -> Mapping[str, Any]:
    period = decision.period
    put_off = decision.put_off
    return {
        "subscription_id": decision.subscription.subscription_id,
        "number": period.number,
        "starts_at_ms": milliseconds(period.start),
        "ends_at_ms": milliseconds(period.end),
        "due_at_ms": milliseconds(period.due),
        "zone": period.zone,
        "amount_minor": decision.amount.minor,
        "currency": decision.amount.currency,
        "state": states.RETRYING if put_off else _STATE[decision.deed],
        "reason": decision.reason or None,
        "retry_at_ms": retries.later(decision.until_ms, now_ms) if put_off else None,
        "attempt": 1 if decision.deed == "charge" else 0,
        "run_id": run_id,
        "changed_at_ms": now_ms,
    }


def _attempt_row(attempt: Attempt, now_ms: int) -> Mapping[str, Any]:
    return {
        "subscription_id": attempt.subscription_id,
        "number": attempt.number,
        "attempt": attempt.attempt,
        "order_id": attempt.order_id,
        "payment_id": attempt.payment_id,
        "account": attempt.account,
        "amount_minor": attempt.amount.minor,
        "currency": attempt.amount.currency,
        "country": attempt.country,
        "description": attempt.description,
        "made_at_ms": now_ms,
        "needs_customer": int(attempt.needs_customer),
    }
