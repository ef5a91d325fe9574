"""A gateway of raw sockets: the test says, byte by byte, what it does on each connection."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cardinity_client import CardinityClient, ClientSettings, Hooks, Secret
from tests.unit.client.builders import encoded, payment_row


@dataclass(frozen=True)
class Heard:
    """One request, read to its last byte."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def approval(self) -> bytes:
        """The payment that approves what was asked for."""
        asked = json.loads(self.body)
        members = {name: asked[name] for name in ("order_id", "amount", "currency")}
        return encoded(payment_row(**members))


class Talk:
    """One connection, as the gateway's side sees it."""

    def __init__(self, gateway: "Gateway", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._gateway = gateway
        self.reader = reader
        self.writer = writer

    async def hear(self) -> Heard:
        """The next request. Raises asyncio.IncompleteReadError when the client goes instead."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ")
        heard = Heard(method, target, headers, body)
        self._gateway.heard.append(heard)
        return heard

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def fin(self) -> None:
        """Closes politely: what was said is delivered."""
        self.writer.write_eof()
        self.writer.close()

    async def rst(self) -> None:
        """Drops the connection."""
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Manner = Callable[[Talk], Awaitable[None]]


@dataclass
class Gateway:
    """What it heard so far. `url` is the client's base URL."""

    url: str = ""
    connections: int = 0
    heard: list[Heard] = field(default_factory=list)

    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.heard)


@asynccontextmanager
async def gateway(manner: Manner, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Gateway]:
    """Runs `manner` on every connection. A client that goes away ends the conversation, not the test. A `port` is one
    that whoever names it holds, to be shared.
    """
    state = Gateway()
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        state.connections += 1
        try:
            await manner(Talk(state, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls, reuse_port=bool(port))
    scheme = "https" if tls else "http"
    state.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


def said(status: int, body: bytes, *headers: str) -> bytes:
    """A whole answer in JSON."""
    lines = [
        f"HTTP/1.1 {status} X",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def approve(talk: Talk) -> None:
    """Approves every charge on this connection."""
    while True:
        await talk.say(said(201, (await talk.hear()).approval()))


def settings(url: str, **changes: Any) -> ClientSettings:
    return ClientSettings(url, "demo_key", Secret("demo secret+1"), **changes)


def client(url: str, *, hooks: Hooks | None = None, **changes: Any) -> CardinityClient:
    return CardinityClient(settings(url, **changes), hooks=hooks or Count())


class Count:
    """Hooks that remember."""

    def __init__(self) -> None:
        self.attempts: list[tuple[str, str]] = []
        self.retries: list[str] = []
        self.breaker: list[str] = []

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        assert duration_s >= 0
        self.attempts.append((operation, kind))

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        assert wait_s >= 0
        self.retries.append(operation)

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        self.breaker.append(new)
