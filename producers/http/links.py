"""A payment link that is there: it is withdrawn by its order, or changed at the gateway."""

from __future__ import annotations

import time
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.enqueue import AsyncEnqueuer
from producers.gateway_records import link_record
from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.http.gateway import Gateway
from producers.http.resources import told
from producers.link_changes import changed, parse_link_change

PATH: Final = "/v1/links/{order_id}"


def link_routes(enqueuer: AsyncEnqueuer, gateway: Gateway, callers: Callers, *, deadline_s: float) -> list[Route]:
    """DELETE lets nobody begin to pay any more (202). PATCH moves the end, or switches the link (200), and takes
    `deadline_s` seconds at the most to ask the gateway.
    """

    async def withdraw(request: Request) -> Response:
        callers.admit(request)
        return told(await enqueuer.cancel_link(request.path_params["order_id"]), 202)

    async def change(request: Request) -> Response:
        callers.admit(request)
        wanted = parse_link_change(await read_fields(request), now_ms=int(time.time() * 1000))
        order = await enqueuer.get(request.path_params["order_id"])
        client, asked = gateway.client(order.account), wanted.asked(order)
        link = changed(await client.update_payment_link(asked, deadline_s=deadline_s))
        return Response(msgspec.json.encode(link_record(order.order_id, link)), media_type="application/json")

    return [Route(PATH, withdraw, methods=["DELETE"]), Route(PATH, change, methods=["PATCH"])]
