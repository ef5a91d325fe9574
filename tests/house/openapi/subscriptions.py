"""Subscriptions, for the OpenAPI document: their operations."""

from collections.abc import Iterator, Mapping
from typing import Any

from cardinity_client.client import PAGE_MAX
from producers.contract.renewals import SUBSCRIPTION_STATES
from producers.http.subscription_imports import FILE_MAX, IMPORTS_PATH, ROWS_MAX
from producers.http.subscription_plans import DUNNING_PATH, NOTICES_PATH, PLANS_PATH
from producers.http.subscriptions import DEEDS, PATH
from tests.house.openapi.parts import ADMITTANCE, BODY, answer, json_of, refusals
from tests.house.openapi.subscription_schemas import NAME, PLAN_NAME, TEXT

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
    yield one, {"get": _read("tell_subscriptions", "A subscription as it is now.", "Subscription", _path(NAME), 404)}
    yield f"{one}/periods", {"get": _list_periods()}
    for deed in DEEDS:
        yield f"{one}/{deed.name}", {"post": _deed(deed.name)}
    yield IMPORTS_PATH, {"post": _import()}
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
        _query("after", "From behind that id on.", NAME),
        _LIMIT,
        _query("customer", "Of that customer.", PLAN_NAME),
        _query("state", "In that state.", {"enum": list(SUBSCRIPTION_STATES)}),
    ]
    return {
        **_read("list_subscriptions", "Subscriptions by id.", "Subscriptions", None, 422),
        "parameters": parameters,
    }


def _list_periods() -> dict[str, Any]:
    before = _query(
        "before", "Only periods of a lower number.", {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}
    )
    words = "What became of its periods, the newest first."
    described = _read("list_periods", words, "Periods", _path(NAME), 404, 422)
    return {**described, "parameters": [*described["parameters"], before, _LIMIT]}


def _import() -> dict[str, Any]:
    words = (
        f"Create those of a CSV file that are not there, all or none; {ROWS_MAX:,} rows, {FILE_MAX:,} bytes at most."
    )
    described = _sent("import_subscriptions", words, "", "Imported", 404, 409)
    described["parameters"] = [_query("check", "Only say what is wrong.", {"type": "boolean"})]
    described["requestBody"]["content"] = {"text/csv": {"schema": TEXT}}
    return described


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
        "parameters": [_path(PLAN_NAME, "plan_id")],
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
    described["parameters"] = [_path(NAME)]
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
        "parameters": [_path(TEXT, "notice_id")],
    }
