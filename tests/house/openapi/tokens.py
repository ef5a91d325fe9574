"""What the OpenAPI document says of tokens of cards."""

from collections.abc import Iterator, Mapping
from typing import Any

from producers.contract.tokens import TOKEN_MAX
from producers.http.tokens import PATH
from producers.vault.tokeniser import FIELDS
from tests.house.openapi.parts import ADMITTANCE, BODY, answer, refusals
from tests.house.openapi.schemas import SCHEMAS as ORDERS

_CHARGE = ORDERS["Charge"]["properties"]
_EXAMPLE = {"pan": "4111111111111111", "exp_month": 12, "exp_year": 2031, "holder": "Ona Petraityte"}
_TOLD = {
    "token": {"type": "string", "maxLength": TOKEN_MAX, "description": "All that there is to keep."},
    "token_id": {"type": "string", "description": "Stays when the token is sealed anew."},
    "last4": {"type": "string", "pattern": "^[0-9]{4}$"},
    "brand": {"type": ["string", "null"], "description": "By the number's range; null where it is in none."},
    "exp_month": {"type": "integer"},
    "exp_year": {"type": "integer"},
    "account": {"type": ["string", "null"], "description": "The one that may charge it; null: all of the producer's."},
}

SCHEMAS: Mapping[str, Any] = {
    "CardToKeep": {
        "type": "object",
        "properties": {name: _CHARGE[name] for name in FIELDS},
        "required": [name for name in FIELDS if name != "account"],
        "additionalProperties": False,
    },
    "Token": {"type": "object", "properties": _TOLD, "required": [*_TOLD], "additionalProperties": False},
}


def paths() -> Iterator[tuple[str, Any]]:
    """Paths and their operations."""
    yield PATH, {"post": _make()}


def _make() -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/CardToKeep"}, "examples": {"card": {"value": _EXAMPLE}}}
    return {
        "operationId": "make_tokens",
        "tags": ["tokens"],
        "summary": "Make the token of a card, without its CVC. It is no order: nothing is kept.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "201": answer("The token, and what it shows.", "Token"),
            **refusals(*ADMITTANCE, *BODY, 404, 415, 422),
        },
    }
