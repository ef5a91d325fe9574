"""One HTTP request and the ways to answer it, the improper ones included.

The proper ways speak ASGI. Resets, early ends and broken framing need the transport below it, which `serving`
puts into the scope; under another server those faults fail loudly instead of becoming polite answers.
"""

import asyncio
import socket
import struct
from collections.abc import Iterable
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from cardinity_client.sandbox.wire import Answer

#: The scope extension that carries the connection's `asyncio.Transport`.
TRANSPORT: Final = "sandbox.transport"

#: Bytes of a request body; a payment takes about 500.
BODY_BYTES_MAX: Final = 1_048_576

#: What `document` returns for a body that is no JSON.
MALFORMED: Final = object()

#: Linger for no time at all: closing drops what is unsent and sends RST.
_ABORTIVE_CLOSE: Final = struct.pack("ii", 1, 0)

# Numbers keep their digits: 10.10 is an amount, not the nearest binary fraction.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Exchange:
    """Created once per request; `body` is set by `read_body`."""

    __slots__ = ("_document", "_receive", "_scope", "_send", "body", "headers", "method", "path", "query")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._document: Any = None
        self.method: str = scope["method"]
        #: As it was sent, percent signs and trailing slash included.
        self.path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.body = b""

    @property
    def scheme(self) -> str:
        return str(self._scope["scheme"])

    def header(self, name: bytes) -> str | None:
        """The value of a header, None when it is absent; of a repeated one the last."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def origin(self) -> str:
        """Scheme and host as this request reached them."""
        return f"{self.scheme}://{self.header(b'host') or 'localhost'}"

    async def read_body(self) -> bool:
        """Reads the whole body; False when the client left before it was here."""
        chunks, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return False
            size += len(message["body"])
            if size <= BODY_BYTES_MAX:
                chunks.append(message["body"])
            if not message["more_body"]:
                self.body = b"".join(chunks) if size <= BODY_BYTES_MAX else b""
                return True

    def document(self) -> Any:
        """The body as JSON, decoded once; `MALFORMED` when it is none."""
        if self._document is None:
            try:
                self._document = _decoder.decode(self.body)
            except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without end
                self._document = MALFORMED
        return self._document

    def text(self, name: str) -> str | None:
        """A string member of the body, None when there is no such member."""
        document = self.document()
        value = document.get(name) if isinstance(document, dict) else None
        return value if isinstance(value, str) else None

    async def send(self, answer: Answer) -> None:
        headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": answer.body})

    async def send_slowly(self, answer: Answer, tick_s: float) -> None:
        """Sends the headers at once and the body one byte per tick, until the client has had enough."""
        headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for position in range(len(answer.body)):
            if await self.client_leaves(tick_s):
                return
            last = position + 1 == len(answer.body)
            byte = answer.body[position : position + 1]
            await self._send({"type": "http.response.body", "body": byte, "more_body": not last})

    async def client_leaves(self, within_s: float | None = None) -> bool:
        """Waits until the client closes the connection, or the time is over; says whether it left."""
        try:
            async with asyncio.timeout(within_s):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True

    async def reset(self) -> None:
        """Ends the connection with RST; the client reads ECONNRESET."""
        transport = self._transport()
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTIVE_CLOSE)
        transport.abort()
        await self.client_leaves()

    async def close(self, last_words: bytes = b"") -> None:
        """Ends the connection with FIN, after raw bytes that need not be HTTP."""
        transport = self._transport()
        transport.write(last_words)
        transport.close()
        await self.client_leaves()

    def _transport(self) -> asyncio.Transport:
        transport = self._scope.get("extensions", {}).get(TRANSPORT)
        if transport is None:
            raise RuntimeError("faults below HTTP need the sandbox's own server: cardinity_client.sandbox.serving")
        return transport  # type: ignore[no-any-return]


def raw_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A response head as bytes, for endings that no ASGI server would frame."""
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", b""])
