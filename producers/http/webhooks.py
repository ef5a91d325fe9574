"""The door for what the gateway tells by itself: it checks, leaves a hint on the queue, and answers.

A notification is only a hint (rule R12): no order changes here, and nothing of a body goes on but its kind and the id
of the payment to ask for. The cheap checks come first; whoever fails one costs nothing more.
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
from producers.http.notices import NO_PAYMENT, UNKNOWN_TYPE, Language, Notice
from producers.http.notification_log import NotificationLog
from producers.http.replays import Replays
from producers.runtime.metrics import Counter


class Listener:
    """Takes notifications in one language."""

    def __init__(
        self,
        language: Language,
        keeper: Doorkeeper,
        replays: Replays,
        hints: HintQueue,
        kept: NotificationLog,
        counts: Counter,
    ) -> None:
        self._language = language
        self._keeper = keeper
        self._replays = replays
        self._hints = hints
        self._kept = kept
        self._counts = counts

    async def hear(self, request: Request) -> Response:
        """200 once the hint is on the queue, or where there is nothing to be placed there."""
        self._keeper.admit(request)
        body = await read_body(request, media_type=None, bytes_max=self._language.bytes_max)
        notice = self._read(body, request)
        result = await self._heard(body, notice.payment)
        self._counts.inc(self._language.name, result)
        payment_id = "" if notice.payment == result else notice.payment
        await self._kept.keep(self._language.name, notice.kind, payment_id, result)
        return Response(b'{"received":true}', media_type="application/json")

    async def _heard(self, body: bytes, payment_id: str) -> str:
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

    def _read(self, body: bytes, request: Request) -> Notice:
        try:
            return self._language.read(body, request.headers)
        except NotificationInvalid as error:
            forged = error.code.startswith("signature_")
            self._counts.inc(self._language.name, "forged" if forged else "refused")
            raise


def webhook_routes(
    languages: Sequence[Language],
    keeper: Doorkeeper,
    replays: Replays,
    hints: HintQueue,
    kept: NotificationLog,
    counts: Counter,
) -> list[Route]:
    """One route for each language whose secret is set; where none is, there is nothing."""
    return [
        Route(language.path, Listener(language, keeper, replays, hints, kept, counts).hear, methods=["POST"])
        for language in languages
    ]
