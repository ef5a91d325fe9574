"""Payments in parts under `/v1/splits`: accepted whole, and told with every part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.enqueue import AsyncEnqueuer
from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.runtime.metrics import Counter
from producers.splits.accepting import SplitPayment
from producers.splits.records import split_record

PATH: Final = "/v1/splits"


def split_routes(enqueuer: AsyncEnqueuer, callers: Callers, accepts: Counter) -> list[Route]:
    """POST accepts one with all of its orders (202), or tells how it stands if it was accepted before (200). GET tells
    that too.
    """

    async def accept(request: Request) -> Response:
        callers.admit(request)
        split = await enqueuer.split(**await read_fields(request))
        if not split.new:
            return _told(split, 200)
        accepts.inc(by=len(split.parts))
        return _told(split, 202, {"Location": f"{PATH}/{split.split_id}"})

    async def look(request: Request) -> Response:
        callers.admit(request)
        return _told(await enqueuer.get_split(request.path_params["split_id"]), 200)

    return [Route(PATH, accept, methods=["POST"]), Route(f"{PATH}/{{split_id}}", look, methods=["GET"])]


def _told(split: SplitPayment, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(split_record(split)), status, headers, "application/json")
