"""Payments in parts, for the OpenAPI document: their two operations, and what is sent and told."""

from collections.abc import Iterator, Mapping
from typing import Any

from producers.contract import states
from producers.contract.names import SPLIT_TYPES
from producers.contract.splits import FIELDS, PARTS_MAX, PARTS_MIN, SHARE_MAX, SPLIT_ID_MAX
from producers.http.splits import PATH
from producers.splits.progress import COMPENSATING, NAME_TAKEN, PENDING
from tests.house.openapi.parts import ADMITTANCE, BODY, answer, refusals
from tests.house.openapi.schemas import SCHEMAS as ORDERS

_CHARGE: Mapping[str, Any] = ORDERS["Charge"]["properties"]
_NAME = {**_CHARGE["order_id"], "maxLength": SPLIT_ID_MAX, "description": "Your name of the payment."}
_RECIPIENT = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "description": "Whom it is for."}
_PART = {
    "recipient": _RECIPIENT,
    "amount": {**_CHARGE["amount"], "description": "What the recipient gets; or give every part a share."},
    "share": {"type": "integer", "minimum": 1, "maximum": SHARE_MAX, "description": "Its weight among the shares."},
    "description": _CHARGE["description"],
    "account": _CHARGE["account"],
}
_SPLIT = {
    **{name: _CHARGE[name] for name in FIELDS if name in _CHARGE},
    "split_id": _NAME,
    "total": {**_CHARGE["amount"], "description": "The sum of all parts."},
    "parts": {
        "type": "array",
        "minItems": PARTS_MIN,
        "maxItems": PARTS_MAX,
        "items": {"type": "object", "properties": _PART, "required": ["recipient"], "additionalProperties": False},
    },
    "all_or_nothing": {
        "type": ["boolean", "null"],
        "description": "Give back what was taken once a part has failed.",
    },
}
_TOLD_PART = {
    "recipient": _RECIPIENT,
    "order_id": {"type": "string", "description": "The part's order, which /v1/charges tells of."},
    "amount": {"type": "string"},
    "state": {"enum": list(states.STATES)},
    "undone_by": {"type": ["string", "null"], "description": "The order that gives it back, once there is one."},
    "undone": {"enum": [*states.STATES, NAME_TAKEN, None], "description": "How that order stands."},
}
_TOLD = {
    "split_id": {"type": "string"},
    "state": {"enum": [PENDING, *SPLIT_TYPES, COMPENSATING]},
    "final": {"type": "boolean", "description": "Whether no part changes any more."},
    "total": {"type": "string"},
    "currency": {"type": "string"},
    "all_or_nothing": {"type": "boolean"},
    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/SplitPart"}},
    "stuck": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/StuckPart"},
        "description": "Parts that could not be given back: a human must look.",
    },
    "created_at": {"type": "string", "format": "date-time"},
}
_CARD = {"pan": "4111111111111111", "exp_month": 12, "exp_year": 2031, "cvc": "123", "holder": "Ona Petraityte"}
_EXAMPLE = {
    "split_id": "INV-7",
    "total": "100.00",
    "currency": "EUR",
    "country": "LT",
    "payment_instrument": _CARD,
    "parts": [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}],
    "all_or_nothing": True,
}


def _object(properties: Mapping[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


SCHEMAS: Mapping[str, Any] = {
    "SplitWish": _object(_SPLIT, ["split_id", "total", "currency", "country", "parts"]),
    "Split": _object(_TOLD),
    "SplitPart": _object(_TOLD_PART),
    "StuckPart": _object(
        {
            "order_id": {"type": "string"},
            "undo_next": {"type": ["string", "null"], "description": "The order by which a human gives it back."},
        }
    ),
}


def paths() -> Iterator[tuple[str, Any]]:
    """Paths and their operations."""
    yield PATH, {"post": _accept()}
    yield f"{PATH}/{{split_id}}", {"get": _look()}


def _accept() -> dict[str, Any]:
    location = {"Location": {"schema": {"type": "string"}, "description": "Where the payment is told."}}
    content = {"schema": {"$ref": "#/components/schemas/SplitWish"}, "examples": {"split": {"value": _EXAMPLE}}}
    return {
        "operationId": "accept_splits",
        "tags": ["splits"],
        "summary": "Accept one payment in parts, all of its orders or none; or learn how it stands.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": answer("It was accepted before; this is how it stands.", "Split"),
            "202": {**answer("It is accepted, and on disk.", "Split"), "headers": location},
            **refusals(*ADMITTANCE, *BODY, 409, 415, 422),
        },
    }


def _look() -> dict[str, Any]:
    split_id = {"name": "split_id", "in": "path", "required": True, "schema": {**_NAME}}
    return {
        "operationId": "tell_splits",
        "tags": ["splits"],
        "summary": "How the payment stands, part by part.",
        "parameters": [split_id],
        "responses": {"200": answer("The payment.", "Split"), **refusals(*ADMITTANCE, 404)},
    }
