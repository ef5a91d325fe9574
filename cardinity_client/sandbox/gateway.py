"""The gateway's front door as an ASGI app: count, authenticate, route, answer.

In this order: every post is counted before anything can refuse it, and credentials are judged before the path
is looked at, so a wrong key gets 401 for any path. Further resources (refunds, voids) are rows of `ROUTES`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from cardinity_client.sandbox import payments
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.plan import draw
from cardinity_client.sandbox.signature import base_url
from cardinity_client.sandbox.wire import Answer, refusal

#: Gets the ids in the path; returns the answer, or None when the exchange is over.
Endpoint = Callable[[Account, Exchange, tuple[str, ...]], Awaitable[Answer | None]]
Methods = Mapping[str, Endpoint]

#: Every path of the API by its segments; "*" is an id. Names win over ids.
ROUTES: Final[Mapping[tuple[str, ...], Methods]] = {
    ("v1", "payments"): {"POST": payments.create, "GET": payments.latest},
    ("v1", "payments", "*"): {"GET": payments.get, "PATCH": payments.finalize},
}

_PAYMENTS: Final = ("v1", "payments")
_JSON_RANGES: Final = ("application/json", "application/*", "*/*")


class Gateway:
    """The ASGI app over one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        segments = tuple(exchange.path.strip("/").split("/"))
        posting = exchange.method == "POST" and segments == _PAYMENTS
        if not await exchange.read_body():
            self._account.book.aborted += posting
            return
        if posting:
            payments.note_post(self._account, exchange)
        ids, methods = _match(segments)
        answer = self._refusal(exchange, methods) or await methods[exchange.method](self._account, exchange, ids)
        if answer is not None:
            await self._latency(exchange)
            await exchange.send(answer)

    def _refusal(self, exchange: Exchange, methods: Methods) -> Answer | None:
        """The first of 401, 404, 405, 406 and 415 that applies."""
        url = base_url(exchange.scheme, exchange.header(b"host") or "", exchange.path)
        authorization = exchange.header(b"authorization")
        problem = self._account.verifier.problem(exchange.method, url, exchange.query, authorization)
        if problem:
            return refusal(401, f"Unauthorized: {problem}.")
        if not methods:
            return refusal(404)
        if exchange.method not in methods:
            return refusal(405, headers=[(b"allow", ", ".join(methods).encode())])
        if not _accepts_json(exchange.header(b"accept")):
            return refusal(406)
        if exchange.method != "GET" and not _sends_json(exchange.header(b"content-type")):
            return refusal(415)
        return None

    async def _latency(self, exchange: Exchange) -> None:
        """Waits between the deed and the answer, so a charge can be in the list before its client knows."""
        settings = self._account.settings
        if settings.latency_s or settings.latency_jitter_s:
            share = draw(settings.seed, exchange.path, exchange.body) if settings.latency_jitter_s else 0.0
            await asyncio.sleep(settings.latency_s + settings.latency_jitter_s * share)


def _match(segments: tuple[str, ...]) -> tuple[tuple[str, ...], Methods]:
    """The ids in a path and the methods it answers to; none when there is no such path."""
    if segments in ROUTES:
        return (), ROUTES[segments]
    # Ids sit at every second place behind the resource: v1/payments/*/refunds/*.
    shape = tuple("*" if place >= 2 and place % 2 == 0 else name for place, name in enumerate(segments))
    return segments[2::2], ROUTES.get(shape, {})


def _accepts_json(accept: str | None) -> bool:
    if not accept:
        return True
    return any(part.partition(";")[0].strip().lower() in _JSON_RANGES for part in accept.split(","))


def _sends_json(content_type: str | None) -> bool:
    """A body without a type is taken for JSON."""
    return content_type is None or content_type.partition(";")[0].strip().lower() == "application/json"
