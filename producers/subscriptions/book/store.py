"""Subscriptions, their terms and plans in the archive database: rows to values and back. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from cardinity_client.money import Money
from producers.errors import ArchiveUnavailable
from producers.subscriptions.book.tables import DEAD_CARDS, PAUSES, PLANS, SUBSCRIPTIONS, TERMS
from producers.subscriptions.dunning.policy import USUAL, Policy, policy_from
from producers.subscriptions.schedule.calendar import Interval, Schedule
from producers.subscriptions.values import Consent, Pause, Plan, Subscription, Terms, milliseconds, moment

_BY_AGE: Final = (TERMS.c.from_number, TERMS.c.revision)
#: Subscriptions that are read together.
CHUNK: Final = 500


def add_plan(connection: Connection, plan: Plan, now_ms: int) -> None:
    """A new plan. Raises ArchiveUnavailable where its name has just been taken."""
    statement = insert(PLANS).values(
        plan_id=plan.plan_id,
        **_money(plan.amount),
        every=plan.interval.every,
        unit=plan.interval.unit,
        description=plan.description,
        created_at_ms=now_ms,
        trial_d=plan.trial_d or None,
    )
    try:
        connection.execute(statement)
    except IntegrityError:
        raise ArchiveUnavailable("somebody else adds a plan of this name; call again") from None


def plans(connection: Connection, plan_id: str | None = None) -> list[Plan]:
    """All plans by name, or the one of that name."""
    query = select(PLANS).order_by(PLANS.c.plan_id)
    if plan_id is not None:
        query = query.where(PLANS.c.plan_id == plan_id)
    return [
        Plan(
            row["plan_id"],
            _money_of(row),
            Interval(row["every"], row["unit"]),
            row["description"],
            policy_from(row["dunning"]),
            row["trial_d"] or 0,
        )
        for row in connection.execute(query).mappings()
    ]


def set_policy(connection: Connection, plan_id: str, policy: Policy) -> bool:
    """How that plan goes on after declines from now on; False when there is no such plan."""
    changed = connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values(dunning=policy.text))
    return changed.rowcount == 1


def policies(connection: Connection, plan_ids: Iterable[str | None]) -> dict[str | None, Policy]:
    """How those plans go on after declines; None stands for having none."""
    wanted = sorted({name for name in plan_ids if name is not None})
    query = select(PLANS.c.plan_id, PLANS.c.dunning).where(PLANS.c.plan_id.in_(wanted))
    return {None: USUAL, **{name: policy_from(text) for name, text in connection.execute(query)}}


def is_dead(connection: Connection, payment_id: str) -> bool:
    """Whether that payment's card must never be charged again."""
    return connection.scalar(select(DEAD_CARDS.c.payment_id).where(DEAD_CARDS.c.payment_id == payment_id)) is not None


def add(connection: Connection, subscriptions: Sequence[Subscription], now_ms: int) -> None:
    """New subscriptions with their terms; their ids must be free."""
    times = [{"created_at_ms": each.created_at_ms, "changed_at_ms": now_ms} for each in subscriptions]
    rows = [{**_columns(each), **at} for each, at in zip(subscriptions, times, strict=True)]
    connection.execute(insert(SUBSCRIPTIONS), rows)
    connection.execute(
        insert(TERMS),
        [_terms_row(each.subscription_id, terms, now_ms) for each in subscriptions for terms in each.terms],
    )


def add_terms(connection: Connection, subscription_id: str, terms: Terms, now_ms: int) -> None:
    """One more row of terms."""
    connection.execute(insert(TERMS), [_terms_row(subscription_id, terms, now_ms)])


def begin_pause(connection: Connection, subscription_id: str, now_ms: int) -> None:
    """Nothing becomes due from now on; a pause that has ended within this millisecond goes on."""
    same = (PAUSES.c.subscription_id == subscription_id, PAUSES.c.from_ms == now_ms)
    if connection.execute(update(PAUSES).where(*same).values(until_ms=None)).rowcount == 0:
        connection.execute(insert(PAUSES).values(subscription_id=subscription_id, from_ms=now_ms))


def end_pause(connection: Connection, subscription_id: str, now_ms: int) -> None:
    """What becomes due from now on is charged again."""
    lasting = (PAUSES.c.subscription_id == subscription_id, PAUSES.c.until_ms.is_(None))
    connection.execute(update(PAUSES).where(*lasting).values(until_ms=now_ms))


def save(connection: Connection, subscription: Subscription, now_ms: int) -> bool:
    """Write what a human changed, as the next version; False when somebody else has written meanwhile."""
    values = {**_columns(subscription), "version": subscription.version + 1, "changed_at_ms": now_ms}
    statement = (
        update(SUBSCRIPTIONS)
        .where(SUBSCRIPTIONS.c.subscription_id == subscription.subscription_id)
        .where(SUBSCRIPTIONS.c.version == subscription.version)
        .where(SUBSCRIPTIONS.c.next_number == subscription.next_number)
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def load(connection: Connection, ids: Iterable[str]) -> dict[str, Subscription]:
    """Those of the subscriptions that are there, by id. At most `CHUNK` of them."""
    wanted = list(ids)
    query = (
        select(SUBSCRIPTIONS, DEAD_CARDS.c.reason.label("dead"))
        .outerjoin(DEAD_CARDS, SUBSCRIPTIONS.c.payment_id == DEAD_CARDS.c.payment_id)
        .where(SUBSCRIPTIONS.c.subscription_id.in_(wanted))
    )
    rows = connection.execute(query).mappings()
    terms, pauses = _terms(connection, wanted), _pauses(connection, wanted)
    return {
        row["subscription_id"]: _subscription(row, terms[row["subscription_id"]], pauses[row["subscription_id"]])
        for row in rows
    }


def first_terms(connection: Connection, subscription_id: str) -> Terms | None:
    """The terms that a subscription was created with, whatever became of them."""
    query = select(TERMS).where(TERMS.c.subscription_id == subscription_id).order_by(*_BY_AGE).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else _terms_of(row)


def listed(
    connection: Connection,
    *,
    after: str = "",
    limit: int = CHUNK,
    customer: str | None = None,
    state: str | None = None,
) -> list[Subscription]:
    """The next subscriptions by id, behind `after`."""
    query = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.subscription_id > after)
    if customer is not None:
        query = query.where(SUBSCRIPTIONS.c.customer == customer)
    if state is not None:
        query = query.where(SUBSCRIPTIONS.c.state == state)
    ids = list(connection.scalars(query.order_by(SUBSCRIPTIONS.c.subscription_id).limit(limit)))
    found = load(connection, ids)
    return [found[name] for name in ids]


def _terms(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Terms, ...]]:
    query = (
        select(TERMS)
        .where(TERMS.c.subscription_id.in_(ids))
        .order_by(TERMS.c.subscription_id, TERMS.c.from_number, TERMS.c.revision)
    )
    newest: dict[str, dict[int, Terms]] = {name: {} for name in ids}
    for row in connection.execute(query).mappings():
        newest[row["subscription_id"]][row["from_number"]] = _terms_of(row)
    return {name: tuple(by_number.values()) for name, by_number in newest.items()}


def _pauses(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Pause, ...]]:
    """Those that reach beyond what is due next: what was due before has its row."""
    query = (
        select(PAUSES)
        .join(SUBSCRIPTIONS)
        .where(PAUSES.c.subscription_id.in_(ids))
        .where(or_(PAUSES.c.until_ms.is_(None), PAUSES.c.until_ms > SUBSCRIPTIONS.c.next_due_ms))
        .order_by(PAUSES.c.from_ms)
    )
    found: dict[str, list[Pause]] = {name: [] for name in ids}
    for row in connection.execute(query).mappings():
        found[row["subscription_id"]].append(Pause(row["from_ms"], row["until_ms"]))
    return {name: tuple(each) for name, each in found.items()}


def _subscription(row: RowMapping, terms: tuple[Terms, ...], pauses: tuple[Pause, ...]) -> Subscription:
    return Subscription(
        subscription_id=row["subscription_id"],
        state=row["state"],
        country=row["country"],
        account=row["account"],
        terms=terms,
        customer=row["customer"],
        description=row["description"],
        payment_id=row["payment_id"],
        card_dead=row["dead"] or row["card_dead"],
        ends_before=row["ends_before"],
        next_number=row["next_number"],
        version=row["version"],
        created_at_ms=row["created_at_ms"],
        cancelled_at_ms=row["cancelled_at_ms"],
        trial_d=row["trial_d"] or 0,
        remind_at_ms=row["remind_at_ms"],
        reminded_at_ms=row["reminded_at_ms"],
        pauses=pauses,
    )


def _terms_of(row: RowMapping) -> Terms:
    schedule = Schedule(
        first=row["from_number"],
        begins=moment(row["begins_at_ms"]),
        base=date.fromisoformat(row["base"]),
        anchor_day=row["anchor_day"],
        interval=Interval(row["every"], row["unit"]),
        zone=row["zone"],
        due_s=row["due_s"],
    )
    consent = Consent(row["consent"], row["consent_at_ms"]) if row["consent"] else None
    return Terms(schedule, _money_of(row), row["plan_id"], consent, row["revision"])


def _columns(subscription: Subscription) -> dict[str, Any]:
    due = subscription.next_due
    return {
        "subscription_id": subscription.subscription_id,
        "state": subscription.state,
        "country": subscription.country,
        "account": subscription.account,
        "customer": subscription.customer,
        "description": subscription.description,
        "payment_id": subscription.payment_id,
        "card_dead": subscription.card_dead,
        "ends_before": subscription.ends_before,
        "next_number": subscription.next_number,
        "next_due_ms": None if due is None else milliseconds(due),
        "version": subscription.version,
        "cancelled_at_ms": subscription.cancelled_at_ms,
        "trial_d": subscription.trial_d or None,
        "remind_at_ms": subscription.remind_at_ms,
        "reminded_at_ms": subscription.reminded_at_ms,
    }


def _terms_row(subscription_id: str, terms: Terms, now_ms: int) -> dict[str, Any]:
    schedule, consent = terms.schedule, terms.consent
    return {
        "subscription_id": subscription_id,
        "from_number": schedule.first,
        "revision": terms.revision,
        "plan_id": terms.plan_id,
        **_money(terms.amount),
        "every": schedule.interval.every,
        "unit": schedule.interval.unit,
        "zone": schedule.zone,
        "begins_at_ms": milliseconds(schedule.begins),
        "base": schedule.base.isoformat(),
        "anchor_day": schedule.anchor_day,
        "due_s": schedule.due_s,
        "consent": consent.record if consent else None,
        "consent_at_ms": consent.at_ms if consent else None,
        "recorded_at_ms": now_ms,
    }


def _money(amount: Money) -> dict[str, Any]:
    return {"amount_minor": amount.minor, "currency": amount.currency}


def _money_of(row: RowMapping) -> Money:
    return Money(row["amount_minor"], row["currency"])
