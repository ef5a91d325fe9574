"""Whatever happens behind the border, a caller gets an answer, and nothing of what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from io import StringIO

import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from producers.errors import EnvelopeError, LedgerLockdown, LedgerUnavailable, QueueFull
from producers.http.border import Border
from producers.runtime.logs import configure_logging
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from tests.unit.contract.builders import PAN

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/v1/charges/ORD-1", "headers": []}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(accounts=("default",), version="1", shared=False)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the process writes."""
    stream = StringIO()
    with configure_logging(Settings.from_environ({"LOG_FORMAT": "json"}), stream=stream):
        yield stream


async def _nothing() -> Message:
    return {"type": "http.request"}


def _raising(error: BaseException) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return app


def answered(app: Callable[[Scope, Receive, Send], Awaitable[None]], metrics: Metrics) -> list[Message]:
    """What is sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Border(app, metrics)(SCOPE, _nothing, send))
    return sent


def count(metrics: Metrics, answer: str) -> float | None:
    return metrics.registry.get_sample_value("cardinity_http_requests_total", {"route": "charges", "answer": answer})


def test_a_bug_is_told_to_the_log_by_its_kind_and_place(metrics: Metrics, log: StringIO) -> None:
    """Not by its text, which may hold what a caller sent."""
    start, body = answered(_raising(ZeroDivisionError(PAN)), metrics)
    assert (start["status"], PAN.encode() in body["body"]) == (500, False)
    assert "ZeroDivisionError" in log.getvalue()
    assert "test_border.py" in log.getvalue()
    assert PAN not in log.getvalue()
    assert PAN[:9] not in log.getvalue()
    assert metrics.registry.get_sample_value("cardinity_unexpected_errors_total", {"where": "http"}) == 1
    assert count(metrics, "failed") == 1


@pytest.mark.parametrize(
    ("error", "status", "answer"),
    [
        (LedgerUnavailable("connection refused by 10.0.0.7", ambiguous=True), 503, "unavailable"),
        (QueueFull("used memory > maxmemory"), 503, "unavailable"),
        (LedgerLockdown("f" * 32), 503, "unavailable"),
    ],
)
def test_what_time_or_an_operator_mends_is_503(metrics: Metrics, error: Exception, status: int, answer: str) -> None:
    """And nothing is told of the inside."""
    start, body = answered(_raising(error), metrics)
    assert start["status"] == status
    assert not [word for word in ("10.0.0.7", "maxmemory", "f" * 32) if word.encode() in body["body"]]
    assert count(metrics, answer) == 1


def test_an_error_that_nobody_expects_here_is_a_bug(metrics: Metrics, log: StringIO) -> None:
    """No producer opens envelopes."""
    start, _ = answered(_raising(EnvelopeError("key_unknown", "sealed for another key")), metrics)
    assert start["status"] == 500


def test_a_caller_that_left_gets_no_answer(metrics: Metrics) -> None:
    """There is nobody to send one to, and nothing went wrong here."""
    assert answered(_raising(ClientDisconnect()), metrics) == []
    assert metrics.registry.get_sample_value("cardinity_unexpected_errors_total", {"where": "http"}) == 0


def test_a_bug_behind_the_head_of_an_answer_sends_no_second_head(metrics: Metrics, log: StringIO) -> None:
    """The server ends the connection."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    assert [message["type"] for message in answered(app, metrics)] == ["http.response.start"]


def test_no_answer_is_for_a_cache(metrics: Metrics) -> None:
    """And none is to be taken for what it is not."""
    start, _ = answered(Response(b"{}", media_type="application/json"), metrics)
    assert {(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")} <= set(start["headers"])
    assert count(metrics, "taken") == 1
