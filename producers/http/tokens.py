"""Tokens of cards under `/v1/tokens`: made and told once. Nothing is kept, and nothing here reads one."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.http.refusals import HttpProblem
from producers.vault import Tokeniser
from producers.vault.tokeniser import as_record

PATH: Final = "/v1/tokens"


def token_route(tokeniser: Tokeniser | None, callers: Callers) -> Route:
    """POST makes the token of a card (201)."""

    async def make(request: Request) -> Response:
        callers.admit(request)
        if tokeniser is None:
            raise HttpProblem("vault_off", "VAULT_PUBLIC_KEY is not set", 404)
        token = tokeniser.tokenise(**await read_fields(request))
        return Response(msgspec.json.encode(as_record(token)), 201, media_type="application/json")

    return Route(PATH, make, methods=["POST"])
