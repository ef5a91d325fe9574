"""One POST to one endpoint, and what was answered: a status, or a word of ours.

Redirects are answers like others, proxies are not known here, and an answer is read to a bound in size and in time. A
connection goes to an address that was looked at (`addresses`), with the name of the host in `Host` and in TLS.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx

from cardinity_client.attempt import Attempt, ResolveError, TlsError
from cardinity_client.transport.answer import Reply
from cardinity_client.transport.head import request_head
from cardinity_client.transport.pool import Pool
from cardinity_client.transport.sockets import Dialler
from workers.events.webhooks.addresses import AddressRefused, CheckedAddresses, LookUp
from workers.events.webhooks.endpoints import Endpoint
from workers.events.webhooks.signing import signed_headers

#: Seconds of one try in all, and until it has a connection.
TIMEOUT_S, CONNECT_TIMEOUT_S = 10.0, 5.0
#: Bytes of an answer's body. Nobody reads it.
ANSWER_MAX: Final = 65_536

#: What we say where there is no status; the first that fits.
_WORDS: Final[Sequence[tuple[type[Exception], str]]] = (
    (AddressRefused, "address_refused"),
    (ResolveError, "name_unknown"),
    (TlsError, "tls"),
    (httpx.TimeoutException, "timeout"),
    (httpx.RemoteProtocolError, "answer_invalid"),
    (httpx.TransportError, "connection"),
)


class Answer(NamedTuple):
    """What came of a try. `asked_s`: how long the receiver wants to be left alone, 0 if it does not say."""

    success: bool
    words: str
    asked_s: int = 0


class Sender:
    """Posts to one endpoint. Belongs to the event loop that asks first."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        tls: ssl.SSLContext | None = None,
        look_up: LookUp | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        addresses = CheckedAddresses(endpoint.host, endpoint.port, local=endpoint.local, look_up=look_up)
        dialler = Dialler(httpx.URL(endpoint.url), tls, timeout_s, addresses=addresses)
        self._pool = Pool(dialler, endpoint.concurrency, CONNECT_TIMEOUT_S)

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer:
        """Send it, signed as of that time. Whatever the network does is an answer too."""
        signed = signed_headers(event_id, body, at_s, self._endpoint.keys)
        headers = {"content-type": "application/json", "user-agent": "cardinity-batch", **signed}
        request = httpx.Request("POST", self._endpoint.url, headers=headers, content=body)
        attempt = Attempt(asyncio.get_running_loop().time() + self._timeout_s, ANSWER_MAX)
        try:
            reply = await self._exchange(request_head(request), body, attempt)
        except httpx.TransportError as error:
            return Answer(False, next(words for kind, words in _WORDS if isinstance(error, kind)))
        return Answer(200 <= reply.status < 300, str(reply.status), _asked_s(reply))

    async def aclose(self) -> None:
        """Drop the connections."""
        await self._pool.aclose()

    async def _exchange(self, head: bytes, body: bytes, attempt: Attempt) -> Reply:
        connection = await self._pool.take(attempt)
        try:
            reply = await connection.ask(head, body, attempt)
        except BaseException:
            connection.abort()
            raise
        self._pool.give_back(connection)
        return reply


def _asked_s(reply: Reply) -> int:
    """`Retry-After` in seconds; of a date, or of what is no number, nothing."""
    given = next((value for name, value in reply.headers if name.lower() == b"retry-after"), b"")
    return int(given) if given.isdigit() and len(given) <= 9 else 0
