"""Subscriptions, for the OpenAPI document: their operations, and what is sent and told."""

from collections.abc import Iterator, Mapping
from typing import Any

from cardinity_client.client import PAGE_MAX
from producers.contract.renewals import NOTICES, SUBSCRIPTION_STATES
from producers.http.subscription_plans import DUNNING_PATH, NOTICES_PATH, PLANS_PATH
from producers.http.subscriptions import DEEDS, PATH
from producers.subscriptions.dunning.policy import POLICY_FIELDS
from producers.subscriptions.fields import CONSENT_MAX, NAME_MAX
from producers.subscriptions.identity import ID_MAX
from producers.subscriptions.schedule.calendar import UNITS
from producers.subscriptions.wishes import CHANGE_FIELDS, CONSENT_FIELDS, FIELDS, PLAN_FIELDS
from tests.house.openapi_parts import ADMITTANCE, BODY, answer, json_of, refusals
from tests.house.openapi_schemas import SCHEMAS as ORDERS

_CHARGE: Mapping[str, Any] = ORDERS["Charge"]["properties"]
_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_COUNT: dict[str, Any] = {"type": "integer"}
_PLAN_NAME = {"type": "string", "pattern": f"^[A-Za-z0-9._@+-]{{1,{NAME_MAX}}}$"}
_NAME = {"type": "string", "pattern": f"^[A-Za-z0-9-]{{1,{ID_MAX}}}$"}


def _said(words: str, kind: str = "string", **limits: object) -> dict[str, Any]:
    """A field that may be absent, null or empty, which is the same; numbers may be written as texts."""
    return {"type": sorted({kind, "string", "null"}), "description": words, **limits}


#: Every field of a plan, a subscription and a change.
_SENT: Mapping[str, Any] = {
    "subscription_id": {**_NAME, "description": "Your name of it; it becomes a part of order_ids."},
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
_INTERVAL = {"amount": _TEXT, "currency": _TEXT, "every": _COUNT, "unit": {"enum": list(UNITS)}}
_TERMS: Mapping[str, Any] = {
    "from_period": _COUNT,
    "from": _MOMENT,
    "plan_id": _MAYBE,
    **_INTERVAL,
    "anchor_day": _COUNT,
    "zone": _TEXT,
    "consent": _MAYBE,
    "consent_at": {**_MAYBE, "format": "date-time"},
}
_SUBSCRIPTION: Mapping[str, Any] = {
    "subscription_id": _TEXT,
    "state": {"enum": list(SUBSCRIPTION_STATES)},
    "customer": _MAYBE,
    "country": _TEXT,
    "account": _TEXT,
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
_NOTICE: Mapping[str, Any] = {
    "notice_id": _TEXT,
    "kind": {"enum": list(NOTICES)},
    "subscription_id": _TEXT,
    "period": _COUNT,
    "order_id": {**_TEXT, "description": "The order that it follows from."},
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
    "SubscriptionCard": _object({"payment_id": {**_TEXT, "description": "The payment whose card is charged now."}}),
    "Dunning": _object({name: _DUNNING[name] for name in POLICY_FIELDS}, ()),
    "Plan": _object(
        {
            "plan_id": _TEXT,
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
    "Notice": _object(_NOTICE),
    "Notices": _list("Notice"),
    "NoticeTaken": _object({"taken": {"type": "integer", "description": "1, or 0 where it was taken before."}}),
}
#: What each deed is described as, and its body.
_DEEDS: Mapping[str, tuple[str, str]] = {
    "change": ("Another plan, amount, interval or zone from the next period on.", "SubscriptionChange"),
    "consent": (
        "Record that the customer agreed; the newest period that waited is charged.",
        "SubscriptionConsent",
    ),
    "convert": ("End the trial: its first period is charged by the next run.", ""),
    "pause": ("Charge nothing until it is resumed.", ""),
    "resume": ("Charge what becomes due from now on.", ""),
    "cancel": ("Charge nothing more. A charge that is on its way is not called back.", "SubscriptionCancel"),
    "card": ("Charge another card, and at once what an earlier one could not pay.", "SubscriptionCard"),
}


def paths() -> Iterator[tuple[str, Any]]:
    """Paths and their operations."""
    yield PLANS_PATH, {"post": _add_plan(), "get": _read("list_plans", "All plans, by name.", "Plans")}
    yield DUNNING_PATH, {"put": _set_dunning()}
    yield PATH, {"post": _create(), "get": _list_all()}
    one = f"{PATH}/{{subscription_id}}"
    yield one, {"get": _read("tell_subscriptions", "A subscription as it is now.", "Subscription", _path(_NAME), 404)}
    for deed in DEEDS:
        yield f"{one}/{deed.name}", {"post": _deed(deed.name)}
    yield (
        NOTICES_PATH,
        {"get": _read("list_notices", "What nobody has taken yet, the oldest first.", "Notices", _LIMIT, 422)},
    )
    yield f"{NOTICES_PATH}/{{notice_id}}", {"delete": _take()}


def _query(name: str, words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _path(schema: Mapping[str, Any], name: str = "subscription_id") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_LIMIT = _query("limit", "So many at the most.", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX})


def _read(name: str, words: str, schema: str, parameter: Mapping[str, Any] | None = None, *more: int) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["subscriptions"],
        "summary": words,
        "parameters": [parameter] if parameter else [],
        "responses": {"200": answer("As the archive has it.", schema), **refusals(*ADMITTANCE, *more)},
    }


def _list_all() -> dict[str, Any]:
    parameters = [
        _query("after", "From behind that id on.", _NAME),
        _LIMIT,
        _query("customer", "Of that customer.", _PLAN_NAME),
        _query("state", "In that state.", {"enum": list(SUBSCRIPTION_STATES)}),
    ]
    return {
        **_read("list_subscriptions", "Subscriptions by id.", "Subscriptions", None, 422),
        "parameters": parameters,
    }


def _sent(name: str, words: str, schema: str, told: str, *more: int) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["subscriptions"],
        "summary": words,
        "requestBody": {"required": True, "content": json_of(schema)},
        "responses": {
            "200": answer("How it is now.", told),
            **refusals(*ADMITTANCE, *BODY, 415, 422, *more),
        },
    }


def _add_plan() -> dict[str, Any]:
    return _sent("add_plans", "Add a plan, which never changes; or learn that it is there.", "PlanWish", "Plan", 409)


def _set_dunning() -> dict[str, Any]:
    words = "Set how the plan goes on after declines, whole: what is not given is as usual."
    return {
        **_sent("set_dunning", words, "Dunning", "Plan", 404),
        "parameters": [_path(_PLAN_NAME, "plan_id")],
    }


def _create() -> dict[str, Any]:
    described = _sent(
        "create_subscriptions", "Create one, or learn that it is there.", "SubscriptionWish", "Subscription", 404, 409
    )
    location = {"Location": {"schema": {"type": "string"}, "description": "Where it is told."}}
    described["responses"]["201"] = {**answer("It is there from now on.", "Subscription"), "headers": location}
    return described


def _deed(name: str) -> dict[str, Any]:
    words, body = _DEEDS[name]
    described = _sent(f"{name}_subscriptions", words, body, "Subscription", 404, 409)
    described["parameters"] = [_path(_NAME)]
    if not body:
        del described["requestBody"]
        described["responses"] = {
            "200": described["responses"]["200"],
            **refusals(*ADMITTANCE, 404, 409),
        }
    return described


def _take() -> dict[str, Any]:
    return {
        **_read("take_notices", "Have a notice told no more, once it is mailed.", "NoticeTaken"),
        "parameters": [_path(_TEXT, "notice_id")],
    }
