"""The gateway's hosted payment page: signs the form that takes a customer there, and reads the answer that comes back.

Neither is an order. Nothing is kept, so nobody here keeps a page from being paid twice; a payment link is an order.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.errors import NotificationInvalid
from cardinity_client.notifications import PaymentHint, hosted_page_form, read_notification
from cardinity_client.notifications.forms import BODY_MAX
from producers.contract.hosted_pages import parse_hosted_page
from producers.errors import FieldError, InvalidCommand
from producers.gateway_records import hint_record
from producers.http.bodies import read_body, read_fields
from producers.http.callers import Callers
from producers.http.refusals import HttpProblem
from producers.runtime.hosted_project import HostedProject

PATH: Final = "/v1/hosted-pages"
ANSWERS_PATH: Final = f"{PATH}/answers"
FORM_TYPE: Final = "application/x-www-form-urlencoded"


def hosted_page_routes(project: HostedProject | None, callers: Callers) -> list[Route]:
    """POST signs a form; POST of what the browser brought to `return_url`, as it is, tells what it says."""

    async def sign(request: Request) -> Response:
        callers.admit(request)
        known = _known(project)
        page = parse_hosted_page(await read_fields(request))
        form = hosted_page_form(page, project_id=known.id, secret=known.secrets[0], action=known.action)
        return _told({"action": form.action, "fields": form.fields})

    async def read(request: Request) -> Response:
        callers.admit(request)
        known = _known(project)
        body = await read_body(request, media_type=FORM_TYPE, bytes_max=BODY_MAX)
        return _told(hint_record(_hint(body, known)))

    return [Route(PATH, sign, methods=["POST"]), Route(ANSWERS_PATH, read, methods=["POST"])]


def _known(project: HostedProject | None) -> HostedProject:
    if project is None:
        raise HttpProblem("hosted_page_off", "HOSTED_PROJECT_ID and HOSTED_SECRET are not set", 404)
    return project


def _hint(body: bytes, project: HostedProject) -> PaymentHint:
    try:
        return read_notification(body, project_id=project.id, secrets=project.secrets)
    except NotificationInvalid as error:
        # Of what the caller was brought, not of the caller: 401 would mean its key.
        raise InvalidCommand([FieldError(error.field, error.code, error.message)]) from None


def _told(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
