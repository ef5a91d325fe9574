"""Requests straight through the transport: no client, no retry, the attempt in the test's hands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cardinity_client.attempt import Attempt
from cardinity_client.transport import Http1Transport, Reply
from tests.contract.transport.gateway import settings

#: Of the answers' bodies here.
BODY_MAX = 1000


class Exchanges:
    """One transport, and whoever asks over it."""

    def __init__(self, url: str, **changes: Any) -> None:
        self.transport = Http1Transport(settings(url, **changes))

    def attempt(self, within_s: float = 60.0) -> Attempt:
        return Attempt(asyncio.get_running_loop().time() + within_s, BODY_MAX)

    async def get(self, attempt: Attempt | None = None) -> Reply:
        return await self.transport.exchange(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n", b"", attempt or self.attempt())

    async def post(self, body: bytes, attempt: Attempt | None = None) -> Reply:
        head = b"POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        return await self.transport.exchange(head, body, attempt or self.attempt())


@asynccontextmanager
async def exchanges(url: str, **changes: Any) -> AsyncIterator[Exchanges]:
    made = Exchanges(url, **changes)
    try:
        yield made
    finally:
        await made.transport.aclose()
