"""Two clients of the sandbox that share nothing with ours: aiohttp for proper answers, else a bare socket.

Requests are signed by oauthlib, so that the verifier is held against someone else's reading of the RFC.
"""

import asyncio
import dataclasses
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from oauthlib.oauth1 import Client
from yarl import URL

from cardinity_client.sandbox import Running


@dataclass(frozen=True, slots=True)
class Reply:
    """A proper HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a bare socket saw: the bytes that came, and whether the end was RST instead of FIN."""

    data: bytes
    reset: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """Signs with the sandbox's own credentials unless told otherwise."""

    running: Running
    session: aiohttp.ClientSession
    key: str = "test_sandbox_key"
    secret: str = field(default="sandbox-secret")
    #: Epoch seconds in the signatures where the sandbox's clock was turned; the present when there are none.
    at_s: int | None = None

    async def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """A signed request under /v1; a body that is not bytes is sent as JSON."""
        url = self.running.url + path
        sent = {"Content-Type": "application/json", **self.authorization(method, url), **(headers or {})}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return await self._send(method, url, data, sent)

    def at(self, clock: Callable[[], int]) -> "Caller":
        """The same caller, signing with the time of a clock that was turned."""
        return dataclasses.replace(self, at_s=clock() // 1000)

    async def post(self, body: Any) -> Reply:
        return await self.call("POST", "/payments", body)

    async def admin(self, path: str, body: bytes | None = None) -> Reply:
        """GET without a body, POST with one, under /_sandbox."""
        url = f"{self.running.origin}/_sandbox{path}"
        return await self._send("GET" if body is None else "POST", url, body, {})

    async def plan(self, *rules: dict[str, Any]) -> None:
        """Installs a plan of faults."""
        reply = await self.admin("/faults", json.dumps(rules).encode())
        assert reply.status == 200, reply.body

    async def counts(self, order_id: str = "order-1") -> tuple[int, int]:
        """Approved charges and posts of an order, as the admin route tells them."""
        charges = (await self.admin("/charges")).json["charges"]
        found = [(row["approved"], row["posts"]) for row in charges if row["order_id"] == order_id]
        return found[0] if found else (0, 0)

    async def listed(self, query: str = "?limit=100") -> list[str]:
        """The order_ids in the list, newest first."""
        return [row["order_id"] for row in (await self.call("GET", f"/payments{query}")).json]

    async def raw(self, body: Any) -> Ending:
        """Posts over a bare socket and reads until the connection ends."""
        reader, writer = await self.open(body)
        ending = await read_to_end(reader)
        writer.close()
        return ending

    async def open(self, body: Any, *, missing: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Posts over a bare socket, all but the last `missing` bytes, and leaves the connection open."""
        url = URL(self.running.url) / "payments"
        data = json.dumps(body).encode()
        headers = {
            "Host": f"{url.host}:{url.port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **self.authorization("POST", str(url)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"POST {url.path} HTTP/1.1\r\n{head}\r\n".encode() + data[: len(data) - missing])
        await writer.drain()
        return reader, writer

    def authorization(self, method: Any, url: str) -> dict[str, str]:
        stamp = None if self.at_s is None else str(self.at_s)
        _, headers, _ = Client(self.key, self.secret, timestamp=stamp).sign(url, method)
        return {name: str(value) for name, value in headers.items()}

    async def _send(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        body = io.BytesIO(data) if data else None
        request = self.session.request(
            method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        )
        async with request as response:
            return Reply(response.status, dict(response.headers), await response.read())


async def read_to_end(reader: asyncio.StreamReader) -> Ending:
    """Everything until FIN or RST; what came before a reset is lost with it."""
    try:
        return Ending(await reader.read(), reset=False)
    except ConnectionResetError:
        return Ending(b"", reset=True)
