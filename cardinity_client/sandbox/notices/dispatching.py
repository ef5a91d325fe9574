"""The admin's route that has notifications sent: once, twice, late, or out of order."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.admin_answers import answer_json, refuse
from cardinity_client.sandbox.notices.postman import is_here, postman
from cardinity_client.sandbox.notices.requests import Dispatch, notices
from cardinity_client.wire import without_card_digits


def notice_routes(account: Account) -> list[Route]:
    """One after the other, so that an order is an order; the answer comes when all were tried."""

    async def dispatch(request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=Dispatch)
        except (ValueError, RecursionError) as error:
            return refuse(without_card_digits(str(error)))
        elsewhere = account.settings.notify_elsewhere
        if not elsewhere and not is_here(wanted.url):
            return refuse("notifications go to this machine only")
        found = notices(account, wanted)
        if isinstance(found, str):
            return refuse(found)
        await asyncio.sleep(wanted.delay_ms / 1000)
        async with postman(elsewhere=elsewhere) as deliver:
            sent = [await deliver(wanted.url, notice) for notice in found]
        return answer_json({"deliveries": sent})

    return [Route("/notifications", dispatch, methods=["POST"])]
