"""One account's talk with the gateway: a write is sent once, a read is repeated within its policy.

Reads are httpx's: its requests, responses and auth, over a transport of our own. Its `AsyncClient` is not used: all it
would add is what must not happen here (cookies, redirects, a log line with each URL). A write goes to the transport
as bytes, for httpx's objects cost 45 µs of CPU, more than the exchange itself; httpx makes the constant part of its
head, once per path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final, NamedTuple, TypeVar

import httpx

from cardinity_client import retry
from cardinity_client.answers import Failure, Unsent, Verdict
from cardinity_client.attempt import Attempt
from cardinity_client.breaker import Breaker
from cardinity_client.classify import classify_failure, classify_response
from cardinity_client.errors import GatewayReadError, ObjectNotFound
from cardinity_client.hooks import Hooks
from cardinity_client.oauth import PREPARED_MAX, OAuth1
from cardinity_client.operations import PAYMENTS, Operation
from cardinity_client.reading import payment_absent, read_answer, read_failure
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings, require_credentials
from cardinity_client.transport import Http1Transport, PreparedHead
from cardinity_client.wire import PageReader

A = TypeVar("A")
T = TypeVar("T")
E = TypeVar("E", bound=Verdict)

#: An answer that is asked not to be compressed cannot be a bomb.
_HEADERS: Final = httpx.Headers(
    {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "cardinity-batch",
    }
)


class _Target(NamedTuple):
    """Where a write goes."""

    method: str
    url: str
    head: PreparedHead


class Session:
    """Belongs to one event loop. `pages` reads the latest payments for everybody, the breaker's probe included."""

    def __init__(self, settings: ClientSettings, hooks: Hooks, transport: Http1Transport | None) -> None:
        self._settings = settings
        self._hooks = hooks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._budget = retry.RetryBudget()
        self._auth = OAuth1(settings.consumer_key, settings.consumer_secret)
        self._transport = transport or Http1Transport(settings)
        self._target = lru_cache(maxsize=PREPARED_MAX)(self._prepare)
        self.pages = PageReader()
        self.breaker = Breaker(settings, self._probe, hooks)

    async def aclose(self) -> None:
        """Closes the connections. A write in flight then ends as unknown."""
        await self._transport.aclose()

    def rekey(self, consumer_key: str, consumer_secret: Secret[str]) -> None:
        """Sign with these from the next attempt on."""
        require_credentials(consumer_key, consumer_secret)
        self._auth = OAuth1(consumer_key, consumer_secret)

    async def ready(self) -> bool:
        """Whether a write may start. Makes the breaker's probe when one is due."""
        return await self.breaker.admit(self._now() + self._settings.read_deadline_s)

    async def write(self, operation: Operation[A, T, E], asked: A, deadline_s: float | None) -> E | Failure:
        """Sends it once, or says why not. Nothing the gateway or the network does raises; cancelling does.

        Ends within `deadline_s` seconds, or `attempt_deadline_s` if that is less.
        """
        most_s = self._settings.attempt_deadline_s
        deadline = self._now() + (most_s if deadline_s is None else min(deadline_s, most_s))
        if not await self.breaker.admit(deadline):
            return Unsent("breaker_open")
        body = operation.encode(asked)
        target = self._target(operation.method, operation.path(asked))
        answer = await self._attempt(operation, asked, target, body, deadline)
        if retry.may_reconnect(answer):
            answer = await retry.reconnect(
                operation.name,
                answer,
                partial(self._attempt, operation, asked, target, body, deadline),
                attempts_max=self._settings.connect_attempts_max,
                remaining_s=deadline - self._now(),
                hooks=self._hooks,
            )
        self.breaker.record(answer)
        return answer

    async def read(
        self,
        name: str,
        path: str,
        parse: Callable[[bytes], T],
        *,
        bytes_max: int,
        limit: int | None = None,
        absent: Callable[[int], ObjectNotFound] = payment_absent,
    ) -> T:
        """Reads what is at `path`. Raises a GatewayReadError subclass."""
        deadline_s = self._settings.read_deadline_s
        deadline = self._now() + deadline_s
        url = self._url(path, limit)

        async def attempt() -> T:
            return await self._read_once(name, url, Attempt(deadline, bytes_max), parse, absent)

        return await retry.reads(name, budget=self._budget, deadline_s=deadline_s, hooks=self._hooks)(attempt)

    async def _attempt(
        self, operation: Operation[A, T, E], asked: A, target: _Target, body: bytes, deadline: float
    ) -> E | Failure:
        attempt = Attempt(deadline, self._settings.response_bytes_max)
        began = self._now()
        answer: E | Failure
        try:
            head = target.head.complete(self._auth.header(target.method, target.url), len(body))
            status, headers, content = await self._transport.exchange(head, body, attempt)
            answer = classify_response(operation, asked, status, _plain(headers), content)
        except Exception as exc:  # after the intent every end must be an answer, a fault of our own included
            answer = classify_failure(exc, attempt.phase)
        self._hooks.attempt_finished(operation.name, answer.kind, self._now() - began)
        return answer

    async def _read_once(
        self,
        name: str,
        url: httpx.URL,
        attempt: Attempt,
        parse: Callable[[bytes], T],
        absent: Callable[[int], ObjectNotFound],
    ) -> T:
        began = self._now()
        kind = "failed"
        try:
            value = read_answer(*await self._get(url, attempt), parse, absent)
            kind = "ok"
        except httpx.TransportError as exc:
            failure = read_failure(exc, attempt.phase)
            kind = failure.code
            raise failure from exc
        except GatewayReadError as exc:
            kind = exc.code
            raise
        finally:
            self._hooks.attempt_finished(name, kind, self._now() - began)
        return value

    async def _probe(self, deadline: float) -> bool:
        deadline = min(deadline, self._now() + self._settings.read_deadline_s)
        attempt = Attempt(deadline, self._settings.response_bytes_max)
        try:
            await self._read_once("list_payments", self._url(PAYMENTS, 1), attempt, self.pages, payment_absent)
        except GatewayReadError:
            return False
        return True

    async def _get(self, url: httpx.URL, attempt: Attempt) -> tuple[int, Mapping[str, str], bytes]:
        request = httpx.Request("GET", url, headers=_HEADERS, extensions={"attempt": attempt})
        response = await self._transport.handle_async_request(next(self._auth.sync_auth_flow(request)))
        try:  # raw: nobody asked for a compressed body, and a bomb would be one
            content = b"".join([part async for part in response.aiter_raw()])
        finally:
            await response.aclose()
        return response.status_code, _plain(response.headers.raw), content

    def _now(self) -> float:
        loop = self._loop
        if loop is None:  # looked up once: each look asks the kernel which process this is
            loop = self._loop = asyncio.get_running_loop()
        return loop.time()

    def _prepare(self, method: str, path: str) -> _Target:
        url = self._url(path)
        return _Target(method, str(url), PreparedHead(httpx.Request(method, url, headers=_HEADERS)))

    def _url(self, path: str, limit: int | None = None) -> httpx.URL:
        url = httpx.URL(f"{self._settings.base_url}{path}")
        return url if limit is None else url.copy_with(params={"limit": limit})


def _plain(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name, repeated ones joined; an `httpx.Headers` guesses its encoding per look-up."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
