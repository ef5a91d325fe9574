"""The pieces that operations of the OpenAPI document have in common."""

from typing import Any

#: Refusals that come before a resource is asked, and those that a body may get.
ADMITTANCE = (401, 403, 429, 503)
BODY = (400, 408, 413)

ORDER_ID: dict[str, Any] = {
    "name": "order_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9.-]+$", "minLength": 2, "maxLength": 47},
}


def answer(words: str, schema: str = "Order") -> dict[str, Any]:
    """An answer in JSON."""
    return {"description": words, "content": json_of(schema)}


def json_of(schema: str) -> dict[str, Any]:
    """JSON of that schema."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def refusals(*statuses: int) -> dict[str, Any]:
    """The refusals with these statuses."""
    return {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in sorted(statuses)}
