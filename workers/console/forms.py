"""Forms as browsers post them: read within bounds of size and time, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

#: Bytes and fields of a form, at the most, and seconds that it may take to come.
BODY_MAX, FIELDS_MAX = 8192, 20
FORM_S: Final = 10.0
_TYPE: Final = "application/x-www-form-urlencoded"


async def fields_of(request: Request) -> Mapping[str, str] | None:
    """A form's fields; None where they are too many, too long, too slow, twice the same, or no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        return None
    body = b""
    try:
        async with asyncio.timeout(FORM_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX:
                    return None
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except (TimeoutError, UnicodeDecodeError, ValueError):
        return None
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None
