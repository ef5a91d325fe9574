"""Knocks at an ASGI app as a server would, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message


class Request(NamedTuple):
    """One request, as bytes as it came, the body in pieces of `piece` bytes. Headers have lower-case names."""

    method: str
    path: str
    body: bytes = b""
    query: bytes = b""
    headers: Mapping[str, str] = {}
    client: str = "127.0.0.1"
    piece: int = 2**30


class Response(NamedTuple):
    """Its answer."""

    status: int
    body: bytes


class Loopback:
    """An app on a loop of our own."""

    def __init__(self, app: ASGIApp, loop: asyncio.Runner) -> None:
        self._app = app
        self._loop = loop

    def ask(self, request: Request) -> Response:
        """The answer to one request."""
        return self._loop.run(self._asked(request))

    async def _asked(self, request: Request) -> Response:
        sent: list[Message] = []
        pieces = iter(range(0, max(1, len(request.body)), request.piece))

        async def receive() -> Message:
            at = next(pieces)
            end = at + request.piece
            return {"type": "http.request", "body": request.body[at:end], "more_body": end < len(request.body)}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(_scope(request), receive, send)
        body = b"".join(message.get("body", b"") for message in sent)
        return Response(sent[0]["status"], body)


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode("latin-1"),
        "query_string": request.query,
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()],
        "client": (request.client, 50_000),
        "server": ("127.0.0.1", 80),
    }
