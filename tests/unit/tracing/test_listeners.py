"""What stands around the gateway client, an endpoint's sender and the HTTP application, and changes nothing of them."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from producers.runtime.tracing import facts
from producers.runtime.tracing.callers import CALLER, TraceContexts
from producers.runtime.tracing.exchanges import TracedHooks
from producers.runtime.tracing.journeys import attend
from producers.runtime.tracing.tracer import Tracer
from tests.unit.tracing.recorder import IDS, Recorder, event, row
from tests.unit.webhooks.builders import an_endpoint
from workers.events.webhooks.sending import Answer
from workers.events.webhooks.traced import TracedPosts


class Heard:
    """Hooks that keep what they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        self.told.append((operation, kind, duration_s))

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        self.told.append((operation, wait_s))

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        self.told.append((account, old, new))


class Posted:
    """An endpoint that always answers the same."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.closed = False

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer:
        return self._answer

    async def aclose(self) -> None:
        self.closed = True


def test_requests_are_told_and_passed_on(tracer: Tracer, recorder: Recorder) -> None:
    """Where to without an address, how it ended, and the state of the breaker it went through."""
    heard = Heard()
    hooks = TracedHooks(heard, tracer, "https://user:secret@api.example.com/v1")
    attend(row(state="unknown"))
    hooks.attempt_finished("create_payment", "declined", 0.3)
    hooks.breaker_changed("default", "closed", "open")
    hooks.attempt_finished("get_payment", "timeout", 10.0)
    hooks.retry_scheduled("get_payment", 0.1)
    assert heard.told == [
        ("create_payment", "declined", 0.3),
        ("default", "closed", "open"),
        ("get_payment", "timeout", 10.0),
        ("get_payment", 0.1),
    ]
    sent, asked = recorder.named("create_payment"), recorder.named("get_payment")
    assert (sent.attributes[facts.HTTP_METHOD], sent.attributes[facts.HTTP_STATUS], sent.error) == ("POST", 402, "")
    assert (sent.attributes[facts.SERVER_ADDRESS], sent.attributes[facts.SERVER_PORT]) == ("api.example.com", 443)
    assert (asked.attributes[facts.HTTP_METHOD], asked.attributes[facts.BREAKER]) == ("GET", "open")
    assert (asked.error, asked.parent_id) == ("timeout", IDS.root_id)
    assert not any("secret" in str(value) for span in recorder.spans for value in span.attributes.values())


@pytest.mark.parametrize(
    ("answer", "error", "status"),
    [(Answer(True, "204"), "", 204), (Answer(False, "500"), "500", 500), (Answer(False, "timeout"), "timeout", None)],
)
async def test_each_try_of_a_webhook_is_told(
    tracer: Tracer, recorder: Recorder, answer: Answer, error: str, status: int | None
) -> None:
    """It is a part of the order's trace, by the endpoint's name and the event's."""
    posted = Posted(answer)
    posts = TracedPosts(posted, an_endpoint(), tracer)
    assert await posts.post("ORD-1:approved", event("approved"), 1) == answer
    await posts.aclose()
    span = recorder.named("webhook")
    assert (span.trace_id, span.parent_id, span.error) == (*IDS, error)
    assert (span.attributes[facts.ENDPOINT], span.attributes.get(facts.HTTP_STATUS)) == ("shop", status)
    assert span.attributes["cloudevents.event_type"] == "payment.approved"
    assert posted.closed


async def test_an_event_of_no_order_is_posted_all_the_same(tracer: Tracer, recorder: Recorder) -> None:
    """A split has orders, and is none; what cannot be read was delivered."""
    posts = TracedPosts(Posted(Answer(True, "204")), an_endpoint(), tracer)
    for body in (b'{"type":"split.completed","data":{"split_id":"S"}}', b"junk"):
        assert (await posts.post("S:completed", body, 1)).success
    assert recorder.spans == []


async def test_only_a_requests_trace_context_is_kept() -> None:
    """Not its other headers, not what is too long, and nothing of the request before."""

    async def told(request: Request) -> JSONResponse:
        return JSONResponse(dict(CALLER.get()))

    transport = httpx.ASGITransport(TraceContexts(Starlette(routes=[Route("/", told)])))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        given = {"traceparent": "00-1-2-01", "tracestate": "x" * 600, "authorization": "Bearer secret"}
        assert (await client.get("/", headers=given)).json() == {"traceparent": "00-1-2-01"}
        assert (await client.get("/")).json() == {}
