"""Reads a body: of the media type it must have, no longer than it may be, and in its time.

The limit holds while it is read, so that nobody can fill the memory first and be refused afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from producers.contract.strict_json import BYTES_MAX, decode_json_object
from producers.http.refusals import HttpProblem

#: Seconds in which a body must be here, whole.
BODY_S: Final = 10.0
#: What is left of a body that is not read would be taken for the next request.
_CLOSE: Final = {"Connection": "close"}


async def read_body(request: Request, *, media_type: str | None, bytes_max: int) -> bytes:
    """The body, of any media type where none is named.

    Raises:
        HttpProblem: `media_type`, `body_size` or `body_timeout`.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type is not None and given != media_type:
        raise HttpProblem("media_type", f"the body must be {media_type}", 415, _CLOSE)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 9 or int(declared) > bytes_max):
        raise _too_long(bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_long(bytes_max)
    except TimeoutError:
        raise HttpProblem("body_timeout", f"the body was not here within {BODY_S:g} s", 408, _CLOSE) from None
    return bytes(body)


async def read_fields(request: Request) -> Mapping[str, object]:
    """The fields of a JSON object. Raises as `read_body`, and InvalidCommand for what is none."""
    return decode_json_object(await read_body(request, media_type="application/json", bytes_max=BYTES_MAX))


def _too_long(bytes_max: int) -> HttpProblem:
    return HttpProblem("body_size", f"the body is longer than {bytes_max} bytes", 413, _CLOSE)
