"""How the admin's routes read and answer JSON."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response


def answer_json(value: object, status: int = 200) -> Response:
    """Bytes are JSON already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return Response(body, status, media_type="application/json")


def refuse(error: str) -> Response:
    return answer_json({"error": error}, 400)


async def request_json(request: Request) -> dict[str, Any] | None:
    """The body as a JSON object, None when it is none."""
    try:
        document = msgspec.json.decode(await request.body())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
