"""What became of attempts, written into their rows and into those of their periods, cards and subscriptions.

Everything that follows from an outcome stands in the same transaction as the outcome itself: a run that is killed
leaves either an attempt that nobody knows the end of, or the end with all that it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, bindparam, func, insert, select, update

from producers.contract import renewals as states
from producers.contract import states as orders
from producers.subscriptions.book import store
from producers.subscriptions.book.outcomes import Outcome
from producers.subscriptions.book.tables import ATTEMPTS, DEAD_CARDS, PERIODS, SUBSCRIPTIONS
from producers.subscriptions.dunning import notices, retries
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.dunning.policy import Policy
from producers.subscriptions.dunning.verdicts import Facts, Turn, turn_of
from producers.subscriptions.identity import period_of
from producers.subscriptions.values import Subscription, milliseconds, moment

log: Final = structlog.get_logger(__name__)

#: Period states that an outcome other than "paid" moves; and those that the first one of an order moves, too: a run set
#: the period aside while another handed the order in.
_OPEN: Final = frozenset({states.PLANNED, states.CHARGING})
_SET_ASIDE: Final = frozenset({states.SKIPPED, states.HELD})
#: What an outcome writes into its attempt.
_COLUMNS: Final = (
    "outcome", "reason", "error", "decline_code", "merchant_advice_code", "made_payment_id", "event_id",
    "ended_at_ms", "remedy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """What turns are decided from, beside the outcomes."""

    subscriptions: Mapping[str, Subscription]
    policies: Mapping[str | None, Policy]
    before: Mapping[tuple[str, int], Sequence[Mapping[str, Any]]]

    def facts(self, row: Mapping[str, Any]) -> Facts:
        """Of the period of this attempt."""
        subscription = self.subscriptions[row["subscription_id"]]
        earlier = [
            each for each in self.before[row["subscription_id"], row["number"]] if each["attempt"] < row["attempt"]
        ]
        terms = subscription.terms_of(row["number"])
        return Facts(
            policy=self.policies[terms.plan_id],
            zone=ZoneInfo(row["zone"]),
            declines=sum(
                each["outcome"] == orders.DECLINED and each["payment_id"] == row["payment_id"] for each in earlier
            ),
            unsent=sum(each["outcome"] in (orders.EXPIRED, orders.NOT_CHARGED) for each in earlier),
            attempt=row["attempt"],
            stopped=subscription.cancelled_at_ms is not None,
        )


def apply(connection: Connection, outcomes: Sequence[Outcome], now_ms: int) -> int:
    """Write these outcomes, in their order; how many were of renewals, and news."""
    _hold(connection, outcomes)
    rows = _rows(connection, {outcome.order_id for outcome in outcomes})
    known = _known(connection, rows, outcomes)
    ended: dict[tuple[str, int, int], dict[str, Any]] = {}
    turns: dict[tuple[str, int], tuple[Mapping[str, Any], Turn]] = {}
    dead: dict[str, tuple[str, str]] = {}
    news = 0
    for outcome in outcomes:
        row = rows.get(outcome.order_id)
        if row is None or row["outcome"] in orders.TERMINAL or row["event_id"] == outcome.event_id:
            continue
        news += 1
        moved = _OPEN if row["outcome"] else _OPEN | _SET_ASIDE
        row.update(outcome=outcome.state, event_id=outcome.event_id)
        turn = _turn(outcome, row, known, now_ms)
        key = (row["subscription_id"], row["number"])
        ended[(*key, row["attempt"])] = _ending(row, outcome, turn)
        if turn.state == states.CHARGED or (row["attempt"] == row["newest"] and row["state"] in moved):
            row["state"] = turn.state
            turns[key] = (row, turn)
        if why := outcome.kills_card:
            dead[key[0]] = (row["payment_id"], why)
        if turn.kills:
            _bury(connection, row, now_ms)
        if turn.unknown:
            log.warning("renewal_decline_unknown", order_id=outcome.order_id, names=list(turn.unknown))
    _mark_cards(connection, dead, now_ms)
    _end_subscriptions(connection, [row["subscription_id"] for row, turn in turns.values() if turn.cancels], now_ms)
    _save_attempts(connection, ended)
    _save_periods(connection, turns, now_ms)
    for name in sorted({row["subscription_id"] for row, turn in turns.values() if turn.cancels}):
        retries.stop(connection, name, states.WAS_CANCELLED, now_ms)
    notices.put(connection, [*_told(turns, now_ms), *_links(connection, outcomes, now_ms)])
    return news


def _hold(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Hold the subscriptions whose rows, or whose cards' other subscriptions' rows, may follow from the outcomes."""
    unpaid = [outcome for outcome in outcomes if outcome.final and outcome.state != orders.APPROVED]
    names = {found[0] for outcome in unpaid if (found := period_of(outcome.order_id))}
    cards = select(ATTEMPTS.c.payment_id).where(
        ATTEMPTS.c.order_id.in_(sorted(outcome.order_id for outcome in unpaid if outcome.kills_card))
    )
    others = select(SUBSCRIPTIONS.c.subscription_id).where(SUBSCRIPTIONS.c.payment_id.in_(cards))
    if names:
        retries.lock(connection, names.union(connection.scalars(others)))


def _rows(connection: Connection, order_ids: set[str]) -> dict[str, dict[str, Any]]:
    query = (
        select(ATTEMPTS, PERIODS.c.state, PERIODS.c.zone, PERIODS.c.attempt.label("newest"))
        .join(PERIODS)
        .where(ATTEMPTS.c.order_id.in_(sorted(order_ids)))
    )
    return {row["order_id"]: dict(row) for row in connection.execute(query).mappings()} if order_ids else {}


def _known(connection: Connection, rows: Mapping[str, dict[str, Any]], outcomes: Sequence[Outcome]) -> _Known:
    ended = {outcome.order_id for outcome in outcomes if outcome.final and outcome.state != orders.APPROVED}
    names = sorted({row["subscription_id"] for row in rows.values() if row["order_id"] in ended})
    if not names:
        return _Known({}, {}, {})
    subscriptions = store.load(connection, names)
    plan_ids = {terms.plan_id for each in subscriptions.values() for terms in each.terms}
    before: dict[tuple[str, int], list[Mapping[str, Any]]] = {
        (row["subscription_id"], row["number"]): [] for row in rows.values()
    }
    numbers = sorted({number for _, number in before})
    query = select(ATTEMPTS).where(ATTEMPTS.c.subscription_id.in_(names), ATTEMPTS.c.number.in_(numbers))
    for row in connection.execute(query).mappings():
        if (key := (row["subscription_id"], row["number"])) in before:
            before[key].append(dict(row))
    return _Known(subscriptions, store.policies(connection, plan_ids), before)


def _turn(outcome: Outcome, row: Mapping[str, Any], known: _Known, now_ms: int) -> Turn:
    if not outcome.final or outcome.state == orders.APPROVED:
        return Turn(*outcome.period_state)
    return turn_of(outcome, known.facts(row), moment(now_ms))


def _ending(row: Mapping[str, Any], outcome: Outcome, turn: Turn) -> dict[str, Any]:
    return {
        "name": row["subscription_id"],
        "at": row["number"],
        "try": row["attempt"],
        "new_outcome": outcome.state,
        "new_reason": outcome.reason,
        "new_error": outcome.error,
        "new_decline_code": outcome.decline_code,
        "new_merchant_advice_code": outcome.merchant_advice_code,
        "new_made_payment_id": outcome.payment_id,
        "new_event_id": outcome.event_id,
        "new_ended_at_ms": outcome.at_ms if outcome.final else None,
        "new_remedy": turn.remedy,
    }


def _bury(connection: Connection, row: Mapping[str, Any], now_ms: int) -> None:
    """No subscription charges this card again, whichever names it."""
    card = row["payment_id"]
    if connection.scalar(select(func.count()).where(DEAD_CARDS.c.payment_id == card)):
        return
    connection.execute(
        insert(DEAD_CARDS).values(payment_id=card, reason=states.NEVER_AGAIN, order_id=row["order_id"], since_ms=now_ms)
    )
    connection.execute(
        update(SUBSCRIPTIONS)
        .where(SUBSCRIPTIONS.c.payment_id == card)
        .values(version=SUBSCRIPTIONS.c.version + 1, changed_at_ms=now_ms)
    )


def _mark_cards(connection: Connection, dead: Mapping[str, tuple[str, str]], now_ms: int) -> None:
    if not dead:
        return
    connection.execute(
        update(SUBSCRIPTIONS)
        .where(SUBSCRIPTIONS.c.subscription_id == bindparam("name"), SUBSCRIPTIONS.c.payment_id == bindparam("card"))
        .values(card_dead=bindparam("why"), version=SUBSCRIPTIONS.c.version + 1, changed_at_ms=now_ms),
        [{"name": name, "card": card, "why": why} for name, (card, why) in sorted(dead.items())],
    )


def _end_subscriptions(connection: Connection, names: Sequence[str], now_ms: int) -> None:
    """They are held, so nobody else has written them since they are read here."""
    found = store.load(connection, names) if names else {}
    for name in sorted(found):
        if found[name].cancelled_at_ms is None:
            saved = store.save(connection, found[name].ended(moment(now_ms)), now_ms)
            assert saved, name


def _save_attempts(connection: Connection, ended: Mapping[tuple[str, int, int], dict[str, Any]]) -> None:
    if ended:
        connection.execute(
            update(ATTEMPTS)
            .where(ATTEMPTS.c.subscription_id == bindparam("name"), ATTEMPTS.c.number == bindparam("at"))
            .where(ATTEMPTS.c.attempt == bindparam("try"))
            .values({name: bindparam(f"new_{name}") for name in _COLUMNS}),
            [ended[key] for key in sorted(ended)],
        )


def _save_periods(
    connection: Connection, turns: Mapping[tuple[str, int], tuple[Mapping[str, Any], Turn]], now_ms: int
) -> None:
    if turns:
        connection.execute(
            update(PERIODS)
            .where(PERIODS.c.subscription_id == bindparam("name"), PERIODS.c.number == bindparam("at"))
            .values(
                state=bindparam("to"),
                reason=bindparam("why"),
                retry_at_ms=bindparam("again"),
                warn_at_ms=bindparam("warn"),
                changed_at_ms=now_ms,
            ),
            [_moved(*key, turns[key][1]) for key in sorted(turns)],
        )


def _moved(name: str, number: int, turn: Turn) -> dict[str, Any]:
    return {
        "name": name,
        "at": number,
        "to": turn.state,
        "why": turn.reason,
        "again": turn.retry_at and milliseconds(turn.retry_at),
        "warn": turn.warn_at and milliseconds(turn.warn_at),
    }


def _links(connection: Connection, outcomes: Sequence[Outcome], now_ms: int) -> list[Notice]:
    """Where customers pay: a link is an order of its own, which goes on for that of a period."""
    links = {each.root: each.link_url for each in outcomes if each.root and each.link_url and not each.final}
    return [
        Notice(states.PAYMENT_LINK, row["subscription_id"], row["number"], order_id, now_ms, link_url=links[order_id])
        for order_id, row in _rows(connection, set(links)).items()
    ]


def _told(turns: Mapping[tuple[str, int], tuple[Mapping[str, Any], Turn]], now_ms: int) -> list[Notice]:
    return [
        Notice(kind, row["subscription_id"], row["number"], row["order_id"], now_ms)
        for row, turn in turns.values()
        for kind in turn.notices
    ]
