"""What the OpenAPI document says of verifying an order."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from producers.http.verifying import PATH
from producers.verification import Sealed, Signed, Told
from tests.house.openapi.parts import ADMITTANCE, ORDER_ID, answer, refusals

_TEXT: dict[str, Any] = {"type": "string"}
_VERIFICATION: Mapping[str, Any] = {
    "order_id": _TEXT,
    "state": _TEXT,
    "agrees": {"type": "boolean"},
    "integrity": {"enum": [*get_args(Signed)], "description": "The hash that its producer signed."},
    "envelope": {"enum": [*get_args(Sealed)], "description": "It goes with the outcome."},
    "gateway": {"enum": [*get_args(Told)], "description": "What it shows of the order."},
    "fields": {"type": "array", "items": _TEXT, "description": "What differs, and where."},
}

SCHEMAS: Mapping[str, Any] = {
    "Verification": {
        "type": "object",
        "properties": _VERIFICATION,
        "required": [*_VERIFICATION],
        "additionalProperties": False,
    },
}


def paths() -> Iterator[tuple[str, Any]]:
    """The path and its operation."""
    yield PATH, {"get": _verify()}


def _verify() -> dict[str, Any]:
    return {
        "operationId": "verify_charges",
        "tags": ["charges"],
        "summary": "Whether the ledger, what was signed, and the gateway tell the same of an order of any kind.",
        "parameters": [ORDER_ID],
        "responses": {"200": answer("How they stand.", "Verification"), **refusals(*ADMITTANCE, 404, 502)},
    }
