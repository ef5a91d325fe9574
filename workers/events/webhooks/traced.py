"""Posts of outbound webhooks as spans: each try is a part of the trace of the order that its event tells of."""

from __future__ import annotations

import time
from typing import Final

import msgspec

from producers.runtime.tracing import facts
from producers.runtime.tracing.spans import Attributes
from producers.runtime.tracing.tracer import Tracer
from workers.events.webhooks.courier import Posts
from workers.events.webhooks.endpoints import Endpoint
from workers.events.webhooks.sending import Answer


class _Data(msgspec.Struct):
    #: Absent where an event tells of no order.
    order_id: str = ""


class _Event(msgspec.Struct):
    type: str
    data: _Data


_read: Final = msgspec.json.Decoder(_Event).decode


class TracedPosts:
    """What posts to one endpoint, told to a tracer. An endpoint is known by its name: its address may hold secrets."""

    def __init__(self, posts: Posts, endpoint: Endpoint, tracer: Tracer) -> None:
        self._posts = posts
        self._name = endpoint.name
        self._tracer = tracer

    async def post(self, event_id: str, body: bytes, at_s: int) -> Answer:
        """As `Posts.post`."""
        began_ns = time.time_ns()
        answer = await self._posts.post(event_id, body, at_s)
        try:
            event = _read(body)
        except msgspec.MsgspecError:  # of a later release, perhaps: it was delivered all the same
            return answer
        if event.data.order_id:
            status = {facts.HTTP_STATUS: int(answer.words)} if answer.words.isdigit() else {}
            about: Attributes = {
                facts.ENDPOINT: self._name,
                facts.HTTP_METHOD: "POST",
                "cloudevents.event_type": facts.word(event.type),
                "cloudevents.event_id": facts.word(event_id),
                **status,
            }
            error = "" if answer.success else answer.words
            self._tracer.delivered(event.data.order_id, began_ns, about, error=error)
        return answer

    async def aclose(self) -> None:
        """As `Posts.aclose`."""
        await self._posts.aclose()
