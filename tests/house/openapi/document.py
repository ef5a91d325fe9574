"""The OpenAPI document of the HTTP application, made from the code. `python -m tests.house.documents` writes it.

Resources, fields, states and limits come from the code; what they mean for a reader stands in `schemas`.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from producers.contract.strict_json import BYTES_MAX
from producers.http.notices import languages
from producers.http.resources import CANCEL_PATH, FINALIZE_PATH, RESOURCES, Resource
from producers.runtime.settings import Settings
from tests.application import DOORS
from tests.house.openapi import gateway, splits, subscription_schemas, subscriptions, tokens, verification
from tests.house.openapi.parts import ADMITTANCE, BODY, ORDER_ID, answer, json_of, refusals
from tests.house.openapi.schemas import FORM, HEADERS, PROBLEM, REQUESTS, SCHEMAS, TEXT, WEBHOOK

#: Where the document is, from the root.
PATH = "docs/openapi.json"
#: The version of the API: the first number changes when an old caller would break, so never.
VERSION = "1.0.0"

#: What each status of a refusal means.
REFUSALS = {
    400: "The body is no JSON object, no CSV, or no notification of the gateway.",
    401: "There is no key or signature, or it is not one of ours.",
    403: "The key was disabled, or notifications are not taken from there.",
    404: "There is no such thing, or the application was not given what this address needs (`…_off`).",
    408: "The body was not here in its time.",
    409: "The name stands for other content, or what it names is not in the state for that.",
    413: "The body is longer than it may be.",
    415: "The body is of another media type.",
    422: "Fields are wrong; all of them are told.",
    429: "More requests than the limit allows.",
    502: "The gateway refuses the account's key, or its answer cannot be read. An operator has to look.",
    503: "Redis, the archive or the gateway does not answer at the moment. With `Retry-After`, repeat the same request;"
    " without it (`ledger_lockdown`, `archive_outdated`) an operator has to decide first.",
}
DESCRIPTION = (
    "Orders for services in any language, with the guarantee of cardinity-batch: one order, one charge, one outcome."
    " POST answers when the order is on disk. Whoever has no answer repeats the same request: it never makes a second"
    f" order. A body of JSON has at most {BYTES_MAX:,} bytes. Refusals are problem details (RFC 9457) with a stable"
    " `code`."
)


def document() -> dict[str, Any]:
    """The whole document, as plain values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cardinity-batch",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8080", "description": "Behind your own proxy, which does the TLS."}],
        "security": [{"key": []}],
        "paths": _merged(
            _resources(),
            splits.paths(),
            tokens.paths(),
            gateway.paths(),
            subscriptions.paths(),
            verification.paths(),
            _notifications(),
            _health(),
        ),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "`cardinity keys api`"}},
            "schemas": {
                **SCHEMAS,
                **splits.SCHEMAS,
                **tokens.SCHEMAS,
                **gateway.SCHEMAS,
                **subscription_schemas.SCHEMAS,
                **verification.SCHEMAS,
            },
            "headers": HEADERS,
            "responses": {f"Refused{status}": _refusal(status) for status in REFUSALS},
        },
    }


def rendered() -> str:
    """The file's whole text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _merged(*parts: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    """One item for each path, whoever knows its methods."""
    merged: dict[str, Any] = {}
    for path, item in (pair for part in parts for pair in part):
        merged.setdefault(path, {}).update(item)
    return merged


def _resources() -> Iterator[tuple[str, Any]]:
    for resource in RESOURCES:
        path = f"/v1/{resource.name}"
        yield path, {"post": _accept(resource)}
        yield f"{path}/{{order_id}}", {"get": _look(resource)}
    yield CANCEL_PATH, {"delete": _cancel()}
    yield FINALIZE_PATH, {"post": _finalize()}


def _accept(resource: Resource) -> dict[str, Any]:
    request = REQUESTS[resource.name]
    location = {"Location": {"schema": {"type": "string"}, "description": "Where the order is told."}}
    return {
        "operationId": f"accept_{resource.name}",
        "tags": [resource.name],
        "summary": request.summary,
        "requestBody": {"required": True, "content": {"application/json": request.content}},
        "responses": {
            "200": answer("It was accepted before; this is how it stands."),
            "202": {**answer("It is accepted, and on disk."), "headers": location},
            **refusals(*ADMITTANCE, *BODY, 409, 415, 422),
        },
    }


def _finalize() -> dict[str, Any]:
    return {
        "operationId": "finalize_charges",
        "tags": ["charges"],
        "summary": "Hand on what the customer's bank answered to 3-D Secure. The gateway decides by it.",
        "parameters": [ORDER_ID],
        "requestBody": {"required": True, "content": json_of("Result")},
        "responses": {
            "202": answer("It is on disk; this is how the order stands."),
            **refusals(*ADMITTANCE, *BODY, 404, 409, 415, 422),
        },
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancel_charges",
        "tags": ["charges"],
        "summary": "Call an order back, of whichever kind, if it is not sent yet.",
        "parameters": [ORDER_ID],
        "responses": {
            "200": answer("It was sent, or has ended; this is how it stands."),
            "202": answer("It is not sent any more, and ends as cancelled shortly."),
            **refusals(*ADMITTANCE, 404),
        },
    }


def _look(resource: Resource) -> dict[str, Any]:
    return {
        "operationId": f"tell_{resource.name}",
        "tags": [resource.name],
        "summary": "How the order stands.",
        "parameters": [ORDER_ID],
        "responses": {"200": answer("The order."), **refusals(*ADMITTANCE, 404)},
    }


def _notifications() -> Iterator[tuple[str, Any]]:
    kinds = {"json": WEBHOOK, "hosted": FORM}
    for language in languages(Settings.from_environ(DOORS)):
        kind = kinds[language.name]
        taken = {"description": "Taken: there is nothing more to do.", "content": json_of("Taken")}
        yield (
            language.path,
            {
                "post": {
                    "operationId": f"hear_{language.name}",
                    "tags": ["notifications"],
                    "summary": kind.summary,
                    "security": [],
                    **kind.more,
                    "requestBody": {"required": True, "content": kind.content},
                    "responses": {"200": taken, **refusals(401, 403, 429, 503, *BODY)},
                }
            },
        )


def _health() -> Iterator[tuple[str, Any]]:
    for path, summary, others in TEXT:
        answers = {200: "Yes, or the numbers.", **others}
        yield (
            path,
            {
                "get": {
                    "operationId": path.strip("/"),
                    "tags": ["health"],
                    "summary": summary,
                    "security": [],
                    "responses": {
                        str(status): {"description": words, "content": {"text/plain": {"schema": {"type": "string"}}}}
                        for status, words in answers.items()
                    },
                }
            },
        )


def _refusal(status: int) -> dict[str, Any]:
    named: Sequence[str] = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}.get(status, [])
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
    content = {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    return {"description": REFUSALS[status], "content": content, **({"headers": headers} if headers else {})}
