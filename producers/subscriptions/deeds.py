"""What is done to a subscription: each deed makes of how it is how it is then, and writes what follows besides.

Whoever calls holds the subscription, and stores what a deed returns in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from producers.contract import renewals as states
from producers.errors import SubscriptionState
from producers.subscriptions.book import store
from producers.subscriptions.creating import plan_finder
from producers.subscriptions.dunning import reopening, retries
from producers.subscriptions.schedule.trials import converted, reminded_anew
from producers.subscriptions.values import Consent, Pause, Subscription, Terms, milliseconds
from producers.subscriptions.wishes import parse_change

#: Why periods were skipped that a new card can pay, and those that consent lets be charged.
_FOR_A_CARD: Final = (states.CARD_MISSING, states.CARD_DEAD)
_FOR_CONSENT: Final = (states.CONSENT_MISSING,)


def change(connection: Connection, before: Subscription, now: datetime, fields: Mapping[str, object]) -> Subscription:
    """Other terms from the next period on, and never before terms that were agreed on earlier."""
    wanted = parse_change(fields, find_plan=plan_finder(connection), now=now)
    number = max(before.next_number, before.last_begun(now) + 1, before.terms[-1].schedule.first)
    later = wanted.terms_after(before.terms_of(number), number)
    store.add_terms(connection, before.subscription_id, later, milliseconds(now))
    earlier = (each for each in before.terms if each.schedule.first < number)
    return reminded_anew(replace(before, terms=(*earlier, later)), now)


def convert(connection: Connection, before: Subscription, now: datetime) -> Subscription:
    """The trial ends: its first period is due. Without a trial nothing changes."""
    found = converted(before, now)
    if found is None:
        return before
    if before.state == states.PAUSED:
        raise SubscriptionState("subscription_paused", "its first period would be skipped: resume it first")
    after, terms = found
    for each in terms:
        store.add_terms(connection, before.subscription_id, each, milliseconds(now))
    return after


def agree(connection: Connection, before: Subscription, now: datetime, consent: Consent) -> Subscription:
    """The consent holds for the terms in force, those that follow, and those that had none."""
    _refuse_cancelled(before)
    agreed = tuple(_agreed(before, terms, consent) for terms in before.terms)
    for old, new in zip(before.terms, agreed, strict=True):
        if new is not old:
            store.add_terms(connection, before.subscription_id, new, milliseconds(now))
    after = replace(before, terms=agreed)
    if after != before:
        reopening.reopen(connection, after, _FOR_CONSENT, states.NEW_CONSENT, now)
    return after


def pause(connection: Connection, before: Subscription, now: datetime) -> Subscription:
    """Nothing becomes due; a pause that lasts goes on."""
    if before.state == states.PAUSED:
        return before
    store.begin_pause(connection, before.subscription_id, milliseconds(now))
    return replace(before, state=states.PAUSED, pauses=(*before.pauses, Pause(milliseconds(now))))


def resume(connection: Connection, before: Subscription, now: datetime) -> Subscription:
    """Periods become due again."""
    if before.state != states.PAUSED:
        return before
    now_ms = milliseconds(now)
    store.end_pause(connection, before.subscription_id, now_ms)
    pauses = tuple(replace(each, until_ms=each.until_ms or now_ms) for each in before.pauses)
    return replace(before, state=states.ACTIVE, pauses=pauses)


def cancel(connection: Connection, before: Subscription, now: datetime, *, at_period_end: bool) -> Subscription:
    """It ends: now, or once the periods that have begun are paid."""
    if not at_period_end:
        retries.stop(connection, before.subscription_id, states.WAS_CANCELLED, milliseconds(now))
        return before.ended(now) if before.cancelled_at_ms is None else before
    return before if before.state == states.CANCELLED else before.ending(now)


def save_card(connection: Connection, before: Subscription, now: datetime, payment_id: str) -> Subscription:
    """Another card, also for what is still owed by who leaves at the end of a period."""
    if before.cancelled_at_ms is not None:
        _refuse_cancelled(before)
    if before.payment_id == payment_id and before.card_dead is None:
        return before
    if store.is_dead(connection, payment_id):
        raise SubscriptionState("card_dead", "the bank has forbidden to charge that card again: save another")
    retries.at_once(connection, before.subscription_id, milliseconds(now))
    after = replace(before, payment_id=payment_id, card_dead=None)
    reopening.reopen(connection, after, _FOR_A_CARD, states.NEW_CARD, now)
    return after


def _agreed(subscription: Subscription, terms: Terms, consent: Consent) -> Terms:
    in_force = terms.schedule.first >= subscription.terms_of(subscription.next_number).schedule.first
    if terms.consent is not None and (terms.consent.record == consent.record or not in_force):
        return terms
    return replace(terms, consent=consent, revision=terms.revision + 1)


def _refuse_cancelled(subscription: Subscription) -> None:
    if subscription.state == states.CANCELLED:
        name = subscription.subscription_id
        raise SubscriptionState("subscription_cancelled", f"subscription {name} was cancelled")
