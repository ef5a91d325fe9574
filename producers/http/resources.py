"""The orders under `/v1`: one row for each kind, and the two requests that every kind answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.acceptance import Order
from producers.contract import states
from producers.contract.form import Form
from producers.enqueue import AsyncEnqueuer
from producers.errors import InvalidCommand
from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.order_records import as_record
from producers.runtime.metrics import Counter


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of order: its `name` in paths, how one is accepted from the fields of a request, how one is looked up."""

    name: str
    accept: Callable[[AsyncEnqueuer, Mapping[str, object]], Awaitable[Order]]
    look: Callable[[AsyncEnqueuer, str], Awaitable[Order]]


#: Where an order is called back, of whichever kind.
CANCEL_PATH: Final = "/v1/charges/{order_id}"
#: Where a bank's answer is handed on, and its two spellings.
FINALIZE_PATH: Final = "/v1/charges/{order_id}/finalize"
RESULTS: Final = ("cres", "pares")

RESOURCES: Final = (
    Resource("charges", lambda enqueuer, fields: enqueuer.charge(**fields), AsyncEnqueuer.get),
    Resource("refunds", lambda enqueuer, fields: enqueuer.refund(**fields), AsyncEnqueuer.get),
    Resource("settlements", lambda enqueuer, fields: enqueuer.settle(**fields), AsyncEnqueuer.get),
    Resource("voids", lambda enqueuer, fields: enqueuer.void(**fields), AsyncEnqueuer.get),
    Resource("links", lambda enqueuer, fields: enqueuer.link(**fields), AsyncEnqueuer.get),
)


def resource_routes(resource: Resource, enqueuer: AsyncEnqueuer, callers: Callers, accepts: Counter) -> list[Route]:
    """POST accepts one order (202), or tells how it stands if it was accepted before (200). GET tells that too."""
    path = f"/v1/{resource.name}"

    async def accept(request: Request) -> Response:
        callers.admit(request)
        order = await resource.accept(enqueuer, await read_fields(request))
        if not order.new:
            return told(order, 200)
        accepts.inc()
        return told(order, 202, {"Location": f"{path}/{order.order_id}"})

    async def look(request: Request) -> Response:
        callers.admit(request)
        return told(await resource.look(enqueuer, request.path_params["order_id"]), 200)

    return [Route(path, accept, methods=["POST"]), Route(f"{path}/{{order_id}}", look, methods=["GET"])]


def cancel_route(enqueuer: AsyncEnqueuer, callers: Callers) -> Route:
    """DELETE calls an order back (202), or tells how it stands if it was sent, or has ended, before (200)."""

    async def cancel(request: Request) -> Response:
        callers.admit(request)
        order = await enqueuer.cancel(request.path_params["order_id"])
        return told(order, 202 if order.state in (states.ACCEPTED, states.CLAIMED) else 200)

    return Route(CANCEL_PATH, cancel, methods=["DELETE"])


def finalize_route(enqueuer: AsyncEnqueuer, callers: Callers) -> Route:
    """POST hands on what the customer's bank answered to 3-D Secure, `cres` or `pares`: it decides nothing yet."""

    async def finalize(request: Request) -> Response:
        callers.admit(request)
        cres, pares = read_result(await read_fields(request))
        return told(await enqueuer.finalize(request.path_params["order_id"], cres=cres, pares=pares), 202)

    return Route(FINALIZE_PATH, finalize, methods=["POST"])


def read_result(fields: Mapping[str, object]) -> tuple[str | None, str | None]:
    """The answer of the bank as it is, `cres` and `pares`; what they may be is the API's to say.

    Raises:
        InvalidCommand: another field is there, or one is no text.
    """
    form = Form(fields)
    form.refuse_others(RESULTS)
    for name in RESULTS:
        if form.gives(name) and not isinstance(fields[name], str):
            form.refuse(name, "result_type", "must be a string")
    if form.errors:
        raise InvalidCommand(form.errors)
    cres, pares = (fields.get(name) for name in RESULTS)
    return cast("str | None", cres), cast("str | None", pares)


def told(order: Order, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The order, as an answer."""
    return Response(msgspec.json.encode(as_record(order)), status, headers, "application/json")
