"""Chargebacks that were told by events, and what each of them stops: the ledger's word, not the gateway's.

Lifting a stop is an operator's: it takes a worker's password, which this application does not have.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.client import PAGE_MAX
from producers.contract.fields import ACCOUNT_DEFAULT, read_account
from producers.enqueue import AsyncEnqueuer
from producers.errors import InvalidCommand
from producers.http.callers import Callers
from producers.http.queries import given, query_of, read_limit
from producers.standing import standing_record

PATH: Final = "/v1/disputes"


def dispute_route(enqueuer: AsyncEnqueuer, callers: Callers) -> Route:
    """GET tells an account's newest, `limit` of them."""

    async def tell(request: Request) -> Response:
        callers.admit(request)
        form = query_of(request, ("limit", "account"))
        limit = given(form, "limit", read_limit, PAGE_MAX)
        account = given(form, "account", read_account, ACCOUNT_DEFAULT)
        if form.errors:
            raise InvalidCommand(form.errors)
        told = [standing_record(standing) for standing in (await enqueuer.disputes(account))[:limit]]
        return Response(msgspec.json.encode({"items": told}), media_type="application/json")

    return Route(PATH, tell, methods=["GET"])
