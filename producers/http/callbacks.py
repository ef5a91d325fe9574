"""The door for customers who come back from their bank, and the form that sends them there.

The bank's page posts its answer through the customer's browser, so nobody can be asked for a key. What lets an answer
in is the seal on the session that the form carried (`contract.sessions`): an answer without one costs no more than
reading it. One with a seal is kept as the caller of `finalize` would hand it on, and decides nothing until the gateway
has seen it. Whatever becomes of it, the customer is told the same: how the order ended is for the shop to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cardinity_client.errors import NotificationInvalid
from cardinity_client.notifications.forms import read_form
from producers.enqueue import AsyncEnqueuer
from producers.errors import InvalidCommand, NotFinalizable, OrderUnknown, ProducerError
from producers.finalizing import challenge_form, no_step, read_callback
from producers.http.bodies import read_body
from producers.http.callers import Callers
from producers.http.doorkeeper import Doorkeeper
from producers.http.pages import page
from producers.http.refusals import RETRY_AFTER_S, HttpProblem
from producers.runtime.settings import Settings

PATH: Final = "/callbacks/3ds"
CHALLENGE_PATH: Final = "/v1/charges/{order_id}/challenge"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
#: Bytes of one answer: the longest there is, 65,536 characters of base64, some of them escaped. A real one has a few
#: thousand.
BODY_MAX: Final = 98_304

#: What a bank's page may post; whatever else its form holds means nothing here.
_FIELDS: Final = frozenset({"cres", "threeDSSessionData", "PaRes", "MD"})


def callback_routes(settings: Settings, enqueuer: AsyncEnqueuer, keeper: Doorkeeper) -> list[Route]:
    """POST keeps the bank's answer and sends the customer on; there is nothing where CALLBACK_URL is not set."""

    async def come_back(request: Request) -> Response:
        try:
            keeper.admit(request)
            body = await read_body(request, media_type=FORM_TYPE, bytes_max=BODY_MAX)
            callback = read_callback(_fields(body), key=enqueuer.session_key)
        except HttpProblem as problem:
            return _refused(problem.status, problem.headers)
        except (NotificationInvalid, InvalidCommand):
            return _refused(400)
        try:
            await enqueuer.finalize(callback.order_id, **{callback.answer.kind: callback.answer.text})
        except (OrderUnknown, NotFinalizable):
            pass  # decided meanwhile, or answered before
        except ProducerError:
            return _refused(503, {"Retry-After": str(RETRY_AFTER_S)})
        return _sent_on(settings.callback_return_url, callback.order_id)

    return [] if settings.callback_url is None else [Route(PATH, come_back, methods=["POST"])]


def challenge_route(settings: Settings, enqueuer: AsyncEnqueuer, callers: Callers) -> Route:
    """GET tells the form that the customer's browser must post, for its answer to come through the door."""

    async def tell(request: Request) -> Response:
        callers.admit(request)
        if settings.callback_url is None:
            raise HttpProblem("callback_off", "CALLBACK_URL is not set", 404)
        order = await enqueuer.get(request.path_params["order_id"])
        form = challenge_form(order, term_url=settings.callback_url, key=enqueuer.session_key)
        if form is None:
            raise no_step(order)
        told = {"order_id": order.order_id, "action": form.action, "fields": form.fields}
        return Response(msgspec.json.encode(told), media_type="application/json")

    return Route(CHALLENGE_PATH, tell, methods=["GET"])


def _fields(body: bytes) -> Mapping[str, str]:
    """The fields that count, each once."""
    given = [(name, value) for name, value in read_form(body, bytes_max=BODY_MAX) if name in _FIELDS]
    fields = dict(given)
    if len(fields) < len(given):
        raise NotificationInvalid("field_duplicate", "is there twice")
    return fields


def _sent_on(url: str | None, order_id: str) -> Response:
    if url is None:
        return page("Thank you", "Your bank's answer has been passed on. You can go back to the shop now.", 200)
    mark = "&" if urlsplit(url).query else "?"
    return RedirectResponse(f"{url}{mark}{urlencode({'order_id': order_id})}", 303)


def _refused(status: int, headers: Mapping[str, str] | None = None) -> Response:
    if status in (429, 503):
        return page(
            "One moment, please", "There is no getting through at the moment. Please try again.", status, headers
        )
    text = "This page takes the answers of banks, and this was none. Please go back to the shop: it knows your order."
    return page("This did not work", text, status, headers)
