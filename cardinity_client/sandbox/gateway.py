"""The gateway's front door as an ASGI app: count, authenticate, route, answer.

In this order: whatever wants a change is counted before anything can refuse it, and credentials are judged before
the path is looked at, so a wrong key gets 401 for any path. Every resource is some rows of `ROUTES`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from cardinity_client.sandbox import payments
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.faults import draw
from cardinity_client.sandbox.links.endpoints import link_routes
from cardinity_client.sandbox.plan import Operation
from cardinity_client.sandbox.records.endpoints import record_routes
from cardinity_client.sandbox.routes import Methods, Routes, match
from cardinity_client.sandbox.signature import base_url
from cardinity_client.sandbox.wire import Answer, refusal

#: Every path of the API.
ROUTES: Final[Routes] = {
    ("v1", "payments"): {"POST": payments.create, "GET": payments.latest},
    ("v1", "payments", "*"): {"GET": payments.get, "PATCH": payments.finalize},
    **record_routes(),
    **link_routes(),
}
#: What wants a change, besides a payment: how it is counted.
_COUNTED: Final[Mapping[tuple[str, tuple[str, ...]], Operation]] = {
    ("PATCH", ("v1", "payments", "*")): "finalize",
    ("POST", ("v1", "payments", "*", "refunds")): "refund",
    ("POST", ("v1", "payments", "*", "settlements")): "settlement",
    ("POST", ("v1", "payments", "*", "voids")): "void",
    ("POST", ("v1", "payments", "*", "chargebacks")): "chargeback",
    ("POST", ("v1", "payments", "*", "rdrs")): "rdr",
    ("POST", ("v1", "paymentLinks")): "link",
    ("PATCH", ("v1", "paymentLinks", "*")): "link_update",
    ("DELETE", ("v1", "paymentLinks", "*")): "link_delete",
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
        shape, ids = match(ROUTES, segments)
        counted = None if exchange.method == "GET" else _COUNTED.get((exchange.method, shape))
        posting = exchange.method == "POST" and segments == _PAYMENTS
        if not await exchange.read_body():
            self._account.book.aborted += posting or counted is not None
            return
        if posting:
            payments.note_post(self._account, exchange)
        elif counted is not None:
            self._note(exchange, counted, ids)
        methods = ROUTES.get(shape, {})
        answer = self._refusal(exchange, methods) or await methods[exchange.method](self._account, exchange, ids)
        if answer is not None:
            await self._latency(exchange)
            await exchange.send(answer)

    def _note(self, exchange: Exchange, operation: Operation, ids: tuple[str, ...]) -> None:
        """Counts by parent and token. A change of what is there already needs none."""
        description = exchange.text("description") if exchange.method == "POST" else None
        self._account.tallies.note_post(operation, ids[0] if ids else None, description)

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


def _accepts_json(accept: str | None) -> bool:
    if not accept:
        return True
    return any(part.partition(";")[0].strip().lower() in _JSON_RANGES for part in accept.split(","))


def _sends_json(content_type: str | None) -> bool:
    """A body without a type is taken for JSON."""
    return content_type is None or content_type.partition(";")[0].strip().lower() == "application/json"
