"""Plans, subscriptions and periods as programs get them: one JSON object each, the same wherever they are asked for."""

from __future__ import annotations

from producers.moments import rfc3339
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.schedule.reviews import PeriodView
from producers.subscriptions.values import Plan, Subscription, Terms, milliseconds


def plan_record(plan: Plan) -> dict[str, object]:
    """A plan."""
    return {
        "plan_id": plan.plan_id,
        "amount": plan.amount.text,
        "currency": plan.amount.currency,
        "every": plan.interval.every,
        "unit": plan.interval.unit,
        "description": plan.description,
        "trial_d": plan.trial_d or None,
        "dunning": plan.policy.record,
    }


def subscription_record(subscription: Subscription) -> dict[str, object]:
    """A subscription; what is not known is null. `terms` are those that hold and those that will."""
    due = subscription.next_due
    ends_before = subscription.ends_before
    in_trial = subscription.trial_d and subscription.next_number == 1
    return {
        "subscription_id": subscription.subscription_id,
        "state": subscription.state,
        "customer": subscription.customer,
        "country": subscription.country,
        "account": subscription.account,
        "description": subscription.description,
        "payment_id": subscription.payment_id,
        "card_dead": subscription.card_dead,
        "next_period": None if due is None else subscription.next_number,
        "next_due": None if due is None else rfc3339(milliseconds(due)),
        "ends_at": None if ends_before is None else rfc3339(milliseconds(subscription.period(ends_before).start)),
        "trial_ends_at": rfc3339(milliseconds(subscription.period(1).due)) if in_trial else None,
        "created_at": rfc3339(subscription.created_at_ms),
        "terms": [_terms_record(terms) for terms in current_terms(subscription)],
    }


def period_record(view: PeriodView) -> dict[str, object]:
    """A period that was due."""
    return {
        "subscription_id": view.subscription_id,
        "period": view.number,
        "state": view.state,
        "reason": view.reason,
        "starts_at": rfc3339(view.starts_at_ms),
        "ends_at": rfc3339(view.ends_at_ms),
        "due_at": rfc3339(view.due_at_ms),
        "zone": view.zone,
        "amount": view.amount.text,
        "currency": view.amount.currency,
        "attempts": view.attempt,
        "order_id": view.order_id,
        "retry_at": None if view.retry_at_ms is None else rfc3339(view.retry_at_ms),
    }


def notice_record(notice: Notice) -> dict[str, object]:
    """Something that a subscriber is to be told; `order_id` is the order that it follows from."""
    return {
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "subscription_id": notice.subscription_id,
        "period": notice.number,
        "order_id": notice.about,
        "at": rfc3339(notice.at_ms),
        "charge_at": None if notice.charge_at_ms is None else rfc3339(notice.charge_at_ms),
        "link_url": notice.link_url,
    }


def subscription_text(subscription: Subscription) -> str:
    """One line for people."""
    terms = subscription.terms_of(subscription.next_number)
    interval = terms.schedule.interval
    what = f"{terms.amount.text} {terms.amount.currency} every {interval.every} {interval.unit}"
    record = subscription_record(subscription)
    ahead = f", next due {record['next_due']}" if record["next_due"] else ""
    end = f", ends {record['ends_at']}" if record["ends_at"] else ""
    dead = f", card not charged any more ({subscription.card_dead})" if subscription.card_dead else ""
    return f"{subscription.subscription_id}: {subscription.state}, {what}{ahead}{end}{dead}"


def current_terms(subscription: Subscription) -> tuple[Terms, ...]:
    """The terms of the next period, and those that come after them."""
    now = subscription.terms_of(subscription.next_number)
    return tuple(terms for terms in subscription.terms if terms.schedule.first >= now.schedule.first)


def _terms_record(terms: Terms) -> dict[str, object]:
    schedule, consent = terms.schedule, terms.consent
    return {
        "from_period": schedule.first,
        "from": rfc3339(milliseconds(schedule.begins)),
        "plan_id": terms.plan_id,
        "amount": terms.amount.text,
        "currency": terms.amount.currency,
        "every": schedule.interval.every,
        "unit": schedule.interval.unit,
        "anchor_day": schedule.anchor_day,
        "zone": schedule.zone,
        "consent": consent.record if consent else None,
        "consent_at": rfc3339(consent.at_ms) if consent else None,
    }
