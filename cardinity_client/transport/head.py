"""The bytes of a request's head, as httpx built it."""

from __future__ import annotations

import httpx

#: What a prepared head leaves open.
_OPEN = frozenset({b"authorization", b"content-length"})


def request_head(request: httpx.Request) -> bytes:
    """The whole head. Raises ValueError for what would not be one head, or would announce another body."""
    return _head(request, request.headers.raw) + b"\r\n"


class PreparedHead:
    """The head of requests that are alike but for their signature and length: 1 µs instead of 15."""

    def __init__(self, request: httpx.Request) -> None:
        fixed = [(name, value) for name, value in request.headers.raw if name.lower() not in _OPEN]
        self._fixed = _head(request, fixed)

    def complete(self, authorization: str, length: int) -> bytes:
        """`authorization` has no line break: every member of it is percent-encoded."""
        return b"%bAuthorization: %b\r\nContent-Length: %d\r\n\r\n" % (
            self._fixed,
            authorization.encode("ascii"),
            length,
        )


def _head(request: httpx.Request, headers: list[tuple[bytes, bytes]]) -> bytes:
    if "transfer-encoding" in request.headers:
        raise ValueError("a request is sent with its length, not in chunks")
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in headers]
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        raise ValueError("a header holds a line break")
    return b"\r\n".join([*lines, b""])
