"""What somebody who hands an order in is at: the W3C trace context of an HTTP request, as it came.

It is linked and never continued: whoever calls decides neither which trace an order has nor whether it is sampled.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

#: The headers, and the characters of one that are read.
HEADERS: Final = ("traceparent", "tracestate")
_LENGTH_MAX: Final = 512

#: Of the request that this task answers; empty outside of one.
CALLER: Final[ContextVar[Mapping[str, str]]] = ContextVar("cardinity_caller", default={})  # noqa: B039 - never changed


class TraceContexts:
    """Stands around an application that answers requests, where somebody traces."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            named = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
            CALLER.set({name: value for name, value in named if name in HEADERS and len(value) <= _LENGTH_MAX})
        await self._app(scope, receive, send)
