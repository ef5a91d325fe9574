"""The door for what the gateway tells by itself: it checks, leaves a hint on the queue, and answers.

A notification is only a hint (rule R12): no order changes here, and nothing of a body goes on but the id of the
payment to ask for. The cheap checks come first; whoever fails one costs nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.errors import NotificationInvalid
from producers.errors import ProducerError
from producers.http.bodies import read_body
from producers.http.doorkeeper import Doorkeeper
from producers.http.hint_queue import HintQueue
from producers.http.notices import NO_PAYMENT, UNKNOWN_TYPE, Language
from producers.http.replays import Replays
from producers.runtime.metrics import Counter


class Listener:
    """Takes notifications in one language."""

    def __init__(
        self, language: Language, keeper: Doorkeeper, replays: Replays, hints: HintQueue, counts: Counter
    ) -> None:
        self._language = language
        self._keeper = keeper
        self._replays = replays
        self._hints = hints
        self._counts = counts

    async def hear(self, request: Request) -> Response:
        """200 once the hint is on the queue, or where there is nothing to be placed there."""
        self._keeper.admit(request)
        body = await read_body(request, media_type=None, bytes_max=self._language.bytes_max)
        self._counts.inc(self._language.name, await self._heard(body, request))
        return Response(b'{"received":true}', media_type="application/json")

    async def _heard(self, body: bytes, request: Request) -> str:
        payment_id = self._read(body, request)
        if payment_id in (UNKNOWN_TYPE, NO_PAYMENT):
            return payment_id
        if self._replays.known(body):
            return "replayed"
        try:
            await self._hints.place(payment_id)
        except ProducerError:
            self._counts.inc(self._language.name, "unplaced")
            raise
        self._replays.remember(body)
        return "hinted"

    def _read(self, body: bytes, request: Request) -> str:
        try:
            return self._language.read(body, request.headers)
        except NotificationInvalid as error:
            forged = error.code.startswith("signature_")
            self._counts.inc(self._language.name, "forged" if forged else "refused")
            raise


def webhook_routes(
    languages: Sequence[Language], keeper: Doorkeeper, replays: Replays, hints: HintQueue, counts: Counter
) -> list[Route]:
    """One route for each language whose secret is set; where none is, there is nothing."""
    return [
        Route(language.path, Listener(language, keeper, replays, hints, counts).hear, methods=["POST"])
        for language in languages
    ]
