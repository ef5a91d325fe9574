"""Makes connections: the name's addresses, a socket preset before it connects, TLS.

Without SO_LINGER(1, 0) and TCP_USER_TIMEOUT a request of a timed-out client still landed 4-5 s after an 8 s partition
healed; with them none did.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

import httpx
from aiohappyeyeballs import start_connection

from cardinity_client.attempt import ResolveError, TlsError
from cardinity_client.transport.addresses import Addresses
from cardinity_client.transport.connection import Connection

#: Seconds an address has for itself before the next one is tried beside it (RFC 8305).
NEXT_ADDRESS_S: Final = 0.25

_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Dialler:
    """Connects to one origin, from one event loop: to the addresses that `addresses` finds, and to no other."""

    def __init__(
        self,
        origin: httpx.URL,
        tls: ssl.SSLContext | None,
        user_timeout_s: float,
        *,
        addresses: Addresses | None = None,
    ) -> None:
        self._host = origin.raw_host.decode("ascii")
        port = origin.port or {"http": 80, "https": 443}[origin.scheme]
        self._addresses = addresses or Addresses(self._host, port)
        self._tls = (tls or tls_context()) if origin.scheme == "https" else None
        self._user_timeout_s = user_timeout_s

    async def dial(self, on_lost: Callable[[Connection], None]) -> Connection:
        """A new connection. Raises ResolveError, TlsError or another httpx.ConnectError."""
        try:
            return await self._dial(on_lost)
        except (socket.gaierror, UnicodeError) as exc:  # a label that is too long is a UnicodeError
            raise ResolveError("the name has no address") from exc
        except ssl.SSLError as exc:
            raise TlsError("no acceptable TLS") from exc
        except OSError as exc:
            raise httpx.ConnectError("no connection") from exc

    async def _dial(self, on_lost: Callable[[Connection], None]) -> Connection:
        raw = await start_connection(
            await self._addresses.known(),
            happy_eyeballs_delay=NEXT_ADDRESS_S,
            socket_factory=lambda address: preset_socket(address, self._user_timeout_s),
        )
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(raw, on_lost),
                sock=raw,
                ssl=self._tls,
                server_hostname=self._host if self._tls else None,
            )
        except BaseException:
            raw.close()
            raise
        if not connection.is_open():
            raise httpx.ConnectError("the server ended the connection, or spoke before it was asked")
        return connection


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


def tls_context() -> ssl.SSLContext:
    """Trusts what public authorities have signed, from TLS 1.2 on. Takes tens of milliseconds to make."""
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
