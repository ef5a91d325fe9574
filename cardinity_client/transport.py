"""The httpx transport: an aiohttp session that records how far each request got and does nothing twice.

httpx's own pool costs 1.6 ms of CPU per request at 16 in flight and 9.6 ms at 256, so the connections are
aiohttp's. The ready-made bridge reports a connection that broke after the request was written as a
`ConnectTimeout`; read as "never sent", that is a double charge. Hence this one:

* The phase is recorded where a connection is handed to a request and by aiohttp's trace hooks.
* A request is written at most once. aiohttp itself re-sends idempotent methods on a stale connection; a
  middleware takes that chance away from every method, so no change of aiohttp's list can reach a POST.
* Sockets are preset before they connect. Without SO_LINGER(1, 0) and TCP_USER_TIMEOUT a request of a
  timed-out client still landed 4-5 s after an 8 s partition healed; with them none did. For the same reason a
  failed request's connection is aborted, not closed: closing TLS politely keeps the socket for up to 30 s.
* A kept-alive connection on which the gateway has already said something is thrown away: those bytes would be
  read as the answer to the next request.
* One absolute deadline covers connection, request and body; the body is bounded; nothing is decompressed.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextvars import ContextVar
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import httpx
from aiohttp.connector import Connection
from yarl import URL

from cardinity_client.attempt import Attempt, BodyTooLarge, Phase, ResolveError, TlsError
from cardinity_client.settings import ClientSettings

__all__ = ["AiohttpTransport", "Attempt", "Phase", "preset_socket"]

#: Seconds an idle connection is kept. Load balancers drop theirs after 30-75 s without a word, and a charge
#: that meets such a connection becomes an unknown; well below that the race is rare and a busy worker still
#: re-uses nearly all.
KEEPALIVE_S: Final = 15.0

_LINGER_NOT: Final = struct.pack("ii", 1, 0)

#: The attempt a task is making. aiohttp's pool knows requests, not attempts.
_CURRENT: ContextVar[Attempt] = ContextVar("_CURRENT")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends what httpx built. Every request carries an `Attempt` in `request.extensions["attempt"]`.

    Raises httpx.TransportError subclasses for what the network and the gateway do. The session is made on
    first use and belongs to that event loop.
    """

    def __init__(self, settings: ClientSettings, *, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        attempt: Attempt = request.extensions["attempt"]
        session = self._session or self._open()
        mark = _CURRENT.set(attempt)
        try:
            async with asyncio.timeout_at(attempt.deadline):
                return await _exchange(session, request, attempt)
        except (aiohttp.ClientError, OSError) as exc:
            raise _translated(exc, attempt) from exc
        finally:
            _CURRENT.reset(mark)
            attempt.let_go()

    async def aclose(self) -> None:
        """Closes every connection. Requests in flight end as the phase they reached says."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise RuntimeError("the transport is closed")
        connector = _Connector(
            limit=self._settings.connections_max,
            keepalive_timeout=KEEPALIVE_S,
            ssl=self._tls or _tls_context(),
            socket_factory=lambda address: preset_socket(address, self._settings.tcp_user_timeout_s),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.connect_timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            requote_redirect_url=False,
            trace_configs=[_trace()],
            middlewares=(_never_again,),
        )
        return self._session


def preset_socket(address: tuple[Any, ...], user_timeout_s: float) -> socket.socket:
    """A socket that forgets unsent bytes when closed and gives up on unacknowledged ones in time."""
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, int(user_timeout_s * 1000)))
    except OSError:
        made.close()
        raise
    return made


class _Connector(aiohttp.TCPConnector):
    """Hands out clean connections only, and records whom they were handed to."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> Connection:
        attempt = _CURRENT.get()
        while True:
            attempt.dialling = False
            connection = await super().connect(req, traces, timeout)
            protocol, carrier = connection.protocol, connection.transport
            if protocol is not None and carrier is not None and not protocol.should_close:
                attempt.connected(partial(_drop, connection, carrier))
                return connection
            connection.close()
            if attempt.dialling:  # a new connection that talks first is no HTTP server
                raise aiohttp.ClientConnectionError("the server spoke before it was asked")


def _drop(connection: Connection, carrier: asyncio.Transport) -> None:
    """Resets the connection unless it has gone back to the pool: there it is already somebody else's."""
    if carrier.is_closing() or connection.transport is carrier:
        carrier.abort()


async def _exchange(session: aiohttp.ClientSession, request: httpx.Request, attempt: Attempt) -> httpx.Response:
    response = await session.request(
        request.method,
        URL(str(request.url), encoded=True),
        headers=[(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw],
        data=request.content or None,
        allow_redirects=False,
        trace_request_ctx=attempt,
    )
    attempt.phase = Phase.HEADERS_RECEIVED
    try:
        body = await _body(response, attempt.bytes_max)
    except BaseException:
        response.close()
        raise
    attempt.complete = True
    return httpx.Response(response.status, headers=response.raw_headers, stream=httpx.ByteStream(body))


async def _body(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > bytes_max:
            raise BodyTooLarge(f"more than {bytes_max} bytes")
    return bytes(body)


async def _never_again(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Ends a request whose connection broke, before aiohttp can think of sending it again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _translated(exc, _CURRENT.get()) from exc


def _trace() -> aiohttp.TraceConfig:
    def record(phase: Phase | None) -> Any:
        async def hook(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
            attempt: Attempt = context.trace_request_ctx
            if phase is None:
                attempt.dialling = True
            else:
                attempt.phase = phase

        return hook

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(record(None))
    trace.on_request_headers_sent.append(record(Phase.HEADERS_SENT))
    trace.on_request_chunk_sent.append(record(Phase.BODY_SENT))
    return trace


def _translated(exc: aiohttp.ClientError | OSError, attempt: Attempt) -> httpx.TransportError:
    if attempt.phase is Phase.QUEUED:
        return _not_connected(exc, attempt)
    if isinstance(exc, TimeoutError):
        return httpx.ReadTimeout("the deadline passed")
    if isinstance(exc, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return httpx.RemoteProtocolError("the answer is not HTTP, or not all of it")
    return httpx.ReadError("the connection broke")


def _not_connected(exc: aiohttp.ClientError | OSError, attempt: Attempt) -> httpx.TransportError:
    if isinstance(exc, TimeoutError):
        return httpx.ConnectTimeout("no connection in time") if attempt.dialling else httpx.PoolTimeout("none was free")
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return ResolveError("the name has no address")
    if isinstance(exc, aiohttp.ClientSSLError):
        return TlsError("no acceptable TLS")
    return httpx.ConnectError("no connection")


def _tls_context() -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
