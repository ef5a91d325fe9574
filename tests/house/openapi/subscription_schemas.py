"""Subscriptions, for the OpenAPI document: what is sent and told."""

from collections.abc import Mapping
from typing import Any

from producers.contract.renewals import NOTICES, PERIOD_STATES, SUBSCRIPTION_STATES
from producers.subscriptions.dunning.policy import POLICY_FIELDS
from producers.subscriptions.fields import CONSENT_MAX, NAME_MAX
from producers.subscriptions.identity import ID_MAX
from producers.subscriptions.schedule.calendar import UNITS
from producers.subscriptions.wishes import CHANGE_FIELDS, CONSENT_FIELDS, FIELDS, PLAN_FIELDS
from tests.house.openapi.schemas import SCHEMAS as ORDERS

_CHARGE: Mapping[str, Any] = ORDERS["Charge"]["properties"]
TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_COUNT: dict[str, Any] = {"type": "integer"}
PLAN_NAME = {"type": "string", "pattern": f"^[A-Za-z0-9._@+-]{{1,{NAME_MAX}}}$"}
NAME = {"type": "string", "pattern": f"^[A-Za-z0-9-]{{1,{ID_MAX}}}$"}


def _said(words: str, kind: str = "string", **limits: object) -> dict[str, Any]:
    """A field that may be absent, null or empty, which is the same; numbers may be written as texts."""
    return {"type": sorted({kind, "string", "null"}), "description": words, **limits}


#: Every field of a plan, a subscription and a change.
_SENT: Mapping[str, Any] = {
    "subscription_id": {**NAME, "description": "Your name of it; it becomes a part of order_ids."},
    "plan_id": _said("Your name of the plan; or give amount and interval.", maxLength=NAME_MAX),
    "amount": _said("What a period costs, with as many decimals as the currency has."),
    "currency": _said("ISO 4217."),
    "every": _said("How many of the unit; 1 unless given.", "integer"),
    "unit": {"enum": [*UNITS, "", None], "description": "What an interval is counted in."},
    "country": _CHARGE["country"],
    "zone": _said("The customer's IANA time zone, like Europe/Vilnius."),
    "start": _said("The local day of the first charge, like 2026-01-31; today unless given."),
    "anchor_day": _said("The day of the month that is kept, where `start` is not it.", "integer"),
    "payment_id": _said("The payment whose card is charged."),
    "customer": _said("Your name of the customer.", maxLength=NAME_MAX),
    "description": _CHARGE["description"],
    "account": _CHARGE["account"],
    "consent": _said("Your reference to where the customer agreed.", maxLength=CONSENT_MAX),
    "consent_at": _said("When that was, with its offset; now unless given."),
    "trial_d": _said("Days before the first charge, instead of a start.", "integer"),
}
_NUMBERS = {"type": ["array", "string", "null"], "items": {"type": ["integer", "string"]}}
_DUNNING: Mapping[str, Any] = {
    "waits_d": {**_NUMBERS, "description": "Days to wait after each decline."},
    "from_hour": _said("The hour of the subscriber's day from which on it is tried.", "integer"),
    "to_hour": _said("And before which.", "integer"),
    "pay_days": {**_NUMBERS, "description": "Days of the month on which wages arrive, -1 the last."},
    "pay_day_reach_d": _said("How many days it waits for that at the most.", "integer"),
    "warning_d": _said("Days between the last warning and the last attempt.", "integer"),
    "when_over": {"enum": ["keep", "cancel", "", None], "description": "When the last attempt has failed."},
    "link": {
        "enum": [True, False, "true", "false", "", None],
        "description": "Where only the customer can mend it, they may pay by a link.",
    },
}
_TOLD_DUNNING = {
    **dict.fromkeys(POLICY_FIELDS, _COUNT),
    "waits_d": {"type": "array", "items": _COUNT},
    "pay_days": {"type": "array", "items": _COUNT},
    "when_over": {"enum": ["keep", "cancel"]},
    "link": {"type": "boolean"},
}
_INTERVAL = {"amount": TEXT, "currency": TEXT, "every": _COUNT, "unit": {"enum": list(UNITS)}}
_TERMS: Mapping[str, Any] = {
    "from_period": _COUNT,
    "from": _MOMENT,
    "plan_id": _MAYBE,
    **_INTERVAL,
    "anchor_day": _COUNT,
    "zone": TEXT,
    "consent": _MAYBE,
    "consent_at": {**_MAYBE, "format": "date-time"},
}
_SUBSCRIPTION: Mapping[str, Any] = {
    "subscription_id": TEXT,
    "state": {"enum": list(SUBSCRIPTION_STATES)},
    "customer": _MAYBE,
    "country": TEXT,
    "account": TEXT,
    "description": _MAYBE,
    "payment_id": _MAYBE,
    "card_dead": {**_MAYBE, "description": "Why the card is not charged any more: save another."},
    "next_period": {"type": ["integer", "null"]},
    "next_due": {**_MAYBE, "format": "date-time"},
    "ends_at": {**_MAYBE, "format": "date-time"},
    "trial_ends_at": {**_MAYBE, "format": "date-time"},
    "created_at": _MOMENT,
    "terms": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/SubscriptionTerms"},
        "description": "Those that hold, and those that will.",
    },
}
_PERIOD: Mapping[str, Any] = {
    "subscription_id": TEXT,
    "period": _COUNT,
    "state": {"enum": list(PERIOD_STATES)},
    "reason": {**_MAYBE, "description": "Why it is not charged."},
    "starts_at": _MOMENT,
    "ends_at": _MOMENT,
    "due_at": _MOMENT,
    "zone": TEXT,
    "amount": TEXT,
    "currency": TEXT,
    "attempts": _COUNT,
    "order_id": {**_MAYBE, "description": "The order of its newest attempt."},
    "retry_at": {**_MAYBE, "format": "date-time"},
}
_NOTICE: Mapping[str, Any] = {
    "notice_id": TEXT,
    "kind": {"enum": list(NOTICES)},
    "subscription_id": TEXT,
    "period": _COUNT,
    "order_id": {**TEXT, "description": "The order that it follows from."},
    "at": _MOMENT,
    "charge_at": {**_MAYBE, "format": "date-time"},
    "link_url": _MAYBE,
}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _list(schema: str) -> dict[str, Any]:
    return _object({"items": {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}})


def _wish(names: tuple[str, ...], *required: str) -> dict[str, Any]:
    return _object({name: _SENT[name] for name in names}, required)


SCHEMAS: Mapping[str, Any] = {
    "PlanWish": _wish(PLAN_FIELDS, "plan_id", "amount", "currency", "unit"),
    "SubscriptionWish": _wish(FIELDS, "subscription_id", "country", "zone"),
    "SubscriptionChange": {**_wish(CHANGE_FIELDS), "minProperties": 1},
    "SubscriptionCancel": _object(
        {"at_period_end": {"type": ["boolean", "null"], "description": "Charge what has begun, then no more."}}, ()
    ),
    "SubscriptionConsent": _wish(CONSENT_FIELDS, "consent"),
    "SubscriptionCard": _object({"payment_id": {**TEXT, "description": "The payment whose card is charged now."}}),
    "Dunning": _object({name: _DUNNING[name] for name in POLICY_FIELDS}, ()),
    "Plan": _object(
        {
            "plan_id": TEXT,
            **_INTERVAL,
            "description": _MAYBE,
            "trial_d": {"type": ["integer", "null"]},
            "dunning": _object(_TOLD_DUNNING),
        }
    ),
    "Plans": _list("Plan"),
    "Subscription": _object(_SUBSCRIPTION),
    "SubscriptionTerms": _object(_TERMS),
    "Subscriptions": _list("Subscription"),
    "Period": _object(_PERIOD),
    "Periods": _list("Period"),
    "Imported": _object({"rows": _COUNT, "created": _COUNT, "known_before": _COUNT}),
    "Notice": _object(_NOTICE),
    "Notices": _list("Notice"),
    "NoticeTaken": _object({"taken": {"type": "integer", "description": "1, or 0 where it was taken before."}}),
}
