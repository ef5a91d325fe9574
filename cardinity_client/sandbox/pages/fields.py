"""Form fields as a browser posts them, within bounds, and the hosted page's way to sign them."""

import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

#: Fields of one form; the hosted page knows fourteen.
FIELDS_MAX: Final = 40
BYTES_MAX: Final = 65_536


async def read_fields(request: Request) -> dict[str, str] | None:
    """The posted fields, empty ones included; None for what is no form, too large, or says a thing twice."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BYTES_MAX:
            return None
    if kind != "application/x-www-form-urlencoded":
        return None
    try:
        pairs = parse_qsl(bytes(body).decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        return None
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def signature(fields: Mapping[str, str], secret: str) -> str:
    """Hex HMAC-SHA256 over the sorted names and values without separators, all but the signature itself."""
    message = "".join(name + fields[name] for name in sorted(fields) if name != "signature")
    return hmac.new(secret.encode(), message.encode(), "sha256").hexdigest()


def is_signed(fields: Mapping[str, str], secret: str) -> bool:
    """Whether the fields carry their signature; compared in constant time."""
    return hmac.compare_digest(signature(fields, secret).encode(), fields.get("signature", "").encode())
