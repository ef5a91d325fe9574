"""The gateway's operations, one async method each. A charge that got a connection is never sent again.

Reads are httpx's: its requests, responses and auth, over a transport of our own. Its `AsyncClient` is not used: all it
would add is what must not happen here (cookies, redirects, a log line with each URL). A charge goes to the transport
as bytes, for httpx's objects cost 45 µs of CPU, more than the exchange itself; httpx makes the constant part of its
head, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from cardinity_client import retry, wire
from cardinity_client.attempt import Attempt
from cardinity_client.breaker import Breaker
from cardinity_client.classify import Answer, Unsent, classify_failure, classify_response
from cardinity_client.errors import GatewayReadError, PaymentNotFound, ReadInvalid
from cardinity_client.hooks import NO_HOOKS, Hooks
from cardinity_client.models.payments import CreatePayment, Page, Payment
from cardinity_client.oauth import OAuth1
from cardinity_client.reading import read_answer, read_failure
from cardinity_client.settings import ClientSettings
from cardinity_client.transport import Http1Transport, PreparedHead

T = TypeVar("T")

#: Payments one list can hold. There is no paging beyond it.
PAGE_MAX: Final = 100

#: An answer that is asked not to be compressed cannot be a bomb.
_HEADERS: Final = httpx.Headers(
    {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "cardinity-batch",
    }
)


class CardinityClient:
    """One merchant account at the gateway. Use it as an async context manager, on one event loop."""

    def __init__(
        self,
        settings: ClientSettings,
        *,
        hooks: Hooks = NO_HOOKS,
        transport: Http1Transport | None = None,
    ) -> None:
        self._settings = settings
        self._hooks = hooks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._budget = retry.RetryBudget()
        self._payments_url = httpx.URL(f"{settings.base_url}/payments")
        self._charge_url = str(self._payments_url)
        self._pages = wire.PageReader()
        self._charge_head = PreparedHead(httpx.Request("POST", self._payments_url, headers=_HEADERS))
        self._auth = OAuth1(settings.consumer_key, settings.consumer_secret)
        self._transport = transport or Http1Transport(settings)
        self.breaker = Breaker(settings, self._probe, hooks)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. A charge in flight then ends as unknown."""
        await self._transport.aclose()

    async def ready(self) -> bool:
        """Whether a charge may start: ask before the intent. Makes the breaker's probe when one is due."""
        return await self.breaker.admit(self._now() + self._settings.read_deadline_s)

    async def create_payment(self, payment: CreatePayment, *, deadline_s: float | None = None) -> Answer:
        """Charges once, or says why not. Nothing the gateway or the network does raises; cancelling does.

        Ends within `deadline_s` seconds, or `attempt_deadline_s` if that is less. Whoever cancels it must take the
        charge for unknown.
        """
        most_s = self._settings.attempt_deadline_s
        deadline = self._now() + (most_s if deadline_s is None else min(deadline_s, most_s))
        if not await self.breaker.admit(deadline):
            return Unsent("breaker_open")
        body = wire.encode_payment(payment)

        async def attempt() -> Answer:
            return await self._charge(payment, body, deadline)

        answer = await attempt()
        if retry.may_reconnect(answer):
            answer = await retry.reconnect(
                answer,
                attempt,
                attempts_max=self._settings.connect_attempts_max,
                remaining_s=deadline - self._now(),
                hooks=self._hooks,
            )
        self.breaker.record(answer)
        return answer

    async def get_payment(self, payment_id: str) -> Payment:
        """One payment by the gateway's id. Raises a GatewayReadError subclass."""
        if not wire.valid_id(payment_id):
            raise PaymentNotFound("payment_id_format", "no payment can have that id")
        url = httpx.URL(f"{self._payments_url}/{payment_id}")
        payment = await self._read("get_payment", url, self._settings.response_bytes_max, wire.parse_payment)
        if payment.id != payment_id:
            raise ReadInvalid("mismatch_id", "the gateway answered with another payment")
        return payment

    async def list_payments(self, limit: int = PAGE_MAX) -> Page:
        """The latest payments, newest first, at most PAGE_MAX. Raises a GatewayReadError subclass."""
        url = self._list_url(limit)
        return await self._read("list_payments", url, self._settings.page_bytes_max, self._pages)

    async def _charge(self, payment: CreatePayment, body: bytes, deadline: float) -> Answer:
        attempt = Attempt(deadline, self._settings.response_bytes_max)
        began = self._now()
        answer: Answer
        try:
            answer = classify_response(payment, *await self._post(body, attempt))
        except Exception as exc:  # after the intent every end must be an answer, a fault of our own included
            answer = classify_failure(exc, attempt.phase)
        self._hooks.attempt_finished("create_payment", answer.kind, self._now() - began)
        return answer

    async def _read(self, operation: str, url: httpx.URL, bytes_max: int, parse: Callable[[bytes], T]) -> T:
        deadline_s = self._settings.read_deadline_s
        deadline = self._now() + deadline_s

        async def attempt() -> T:
            return await self._read_once(operation, url, Attempt(deadline, bytes_max), parse)

        return await retry.reads(operation, budget=self._budget, deadline_s=deadline_s, hooks=self._hooks)(attempt)

    async def _read_once(self, operation: str, url: httpx.URL, attempt: Attempt, parse: Callable[[bytes], T]) -> T:
        began = self._now()
        kind = "failed"
        try:
            value = read_answer(*await self._get(url, attempt), parse)
            kind = "ok"
        except httpx.TransportError as exc:
            failure = read_failure(exc, attempt.phase)
            kind = failure.code
            raise failure from exc
        except GatewayReadError as exc:
            kind = exc.code
            raise
        finally:
            self._hooks.attempt_finished(operation, kind, self._now() - began)
        return value

    async def _probe(self, deadline: float) -> bool:
        deadline = min(deadline, self._now() + self._settings.read_deadline_s)
        attempt = Attempt(deadline, self._settings.response_bytes_max)
        try:
            await self._read_once("list_payments", self._list_url(1), attempt, self._pages)
        except GatewayReadError:
            return False
        return True

    async def _post(self, body: bytes, attempt: Attempt) -> tuple[int, Mapping[str, str], bytes]:
        signature = self._auth.header("POST", self._charge_url)
        head = self._charge_head.complete(signature, len(body))
        status, headers, content = await self._transport.exchange(head, body, attempt)
        return status, _plain(headers), content

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

    def _list_url(self, limit: int) -> httpx.URL:
        if not 1 <= limit <= PAGE_MAX:
            raise ValueError(f"limit must be 1..{PAGE_MAX}")
        return self._payments_url.copy_with(params={"limit": limit})


def _plain(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name, repeated ones joined; an `httpx.Headers` guesses its encoding per look-up."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
