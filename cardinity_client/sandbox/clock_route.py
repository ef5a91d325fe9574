"""The admin's route to the clock: what it shows, and how it is moved."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.admin_answers import answer_json, refuse
from cardinity_client.sandbox.wire import timestamp
from cardinity_client.timeline import LATEST_MS


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    advance_ms: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)] | None = None
    to_ms: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)] | None = None


def clock_routes(account: Account) -> list[Route]:
    """The routes over one account."""

    async def show(_request: Request) -> Response:
        return _shown(account)

    async def move(request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=_Wanted)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return refuse("give advance_ms or to_ms, a whole number")
        if (wanted.advance_ms is None) == (wanted.to_ms is None):
            return refuse("give advance_ms or to_ms, one of them")
        to_ms = wanted.to_ms if wanted.to_ms is not None else account.clock.now_ms() + (wanted.advance_ms or 0)
        try:
            account.clock.move_to(to_ms)
        except ValueError as error:
            return refuse(str(error))
        return _shown(account)

    return [Route("/clock", show), Route("/clock", move, methods=["POST"])]


def _shown(account: Account) -> Response:
    clock = account.clock
    return answer_json({"now": timestamp(clock.now_ms()), "moves": clock.timeline.moves})
