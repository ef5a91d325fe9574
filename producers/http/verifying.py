"""Whether everything that tells of an order tells the same, under `/v1/charges/{order_id}/verification`."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.enqueue import AsyncEnqueuer
from producers.errors import InvalidCommand
from producers.gateway_reading import shown_of
from producers.http.callers import Callers
from producers.http.gateway import Gateway
from producers.http.refusals import HttpProblem
from producers.order_records import verification_record

PATH: Final = "/v1/charges/{order_id}/verification"


def verification_route(enqueuer: AsyncEnqueuer, gateway: Gateway, callers: Callers) -> Route:
    """GET tells it of an order of any kind. The gateway is asked where the account's credentials are here."""

    async def verification(request: Request) -> Response:
        callers.admit(request)
        order = await enqueuer.get(request.path_params["order_id"])
        try:
            client = gateway.client(order.account)
        except (HttpProblem, InvalidCommand):
            told = await enqueuer.verify(order.order_id)
        else:
            told = await enqueuer.verify(order.order_id, await shown_of(order, client), asked=True)
        return Response(msgspec.json.encode(verification_record(told)), media_type="application/json")

    return Route(PATH, verification, methods=["GET"])
