"""What tests ask the double itself, under /_sandbox: without credentials, from this machine only."""

from ipaddress import ip_address
from typing import cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.admin_answers import answer_json, refuse
from cardinity_client.sandbox.clock_route import clock_routes
from cardinity_client.sandbox.notices.dispatching import notice_routes
from cardinity_client.sandbox.plan import PlanError, parse_plan
from cardinity_client.sandbox.records.disputing import dispute_routes
from cardinity_client.sandbox.records.record import Kind


class _Credentials(msgspec.Struct, forbid_unknown_fields=True):
    consumer_key: str
    consumer_secret: str


class _Forgotten(msgspec.Struct, forbid_unknown_fields=True):
    order_ids: list[str]


def admin_routes(account: Account) -> list[Route]:
    """The routes over one account; mount them behind `LoopbackOnly`."""

    async def charges(_request: Request) -> Response:
        return answer_json({"charges": account.book.tallies(), "aborted": account.book.aborted})

    async def operations(_request: Request) -> Response:
        account.agenda.ripen()
        return answer_json({"operations": account.tallies.rows()})

    async def records(request: Request) -> Response:
        kind = request.query_params.get("type", "")
        if kind not in get_args(Kind):
            return refuse(f"type must be one of {', '.join(get_args(Kind))}")
        return answer_json(account.records.all(cast(Kind, kind)))

    async def links(_request: Request) -> Response:
        return answer_json([{"link": entry.link, "payments": entry.payments} for entry in account.links.all()])

    async def of_order(request: Request) -> Response:
        order_id = request.query_params.get("order_id")
        if order_id is None:
            return refuse("order_id is required")
        return answer_json(account.book.of_order(order_id))

    async def faults(request: Request) -> Response:
        try:
            rules = parse_plan(await request.body())
        except PlanError as error:
            return refuse(str(error))
        account.install(rules)
        return answer_json({"rules": len(rules)})

    async def credentials(request: Request) -> Response:
        try:
            given = msgspec.json.decode(await request.body(), type=_Credentials)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return refuse("give consumer_key and consumer_secret")
        account.take_only(given.consumer_key, given.consumer_secret)
        return answer_json({})

    async def forget(request: Request) -> Response:
        try:
            given = msgspec.json.decode(await request.body(), type=_Forgotten)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return refuse("give order_ids, a list")
        return answer_json({"charges": account.book.forget(given.order_ids)})

    async def reset(_request: Request) -> Response:
        account.reset()
        return answer_json({})

    async def healthz(_request: Request) -> Response:
        return answer_json({"status": "ok"})

    return [
        Route("/charges", charges),
        Route("/operations", operations),
        Route("/records", records),
        Route("/links", links),
        Route("/payments", of_order),
        Route("/faults", faults, methods=["POST"]),
        Route("/credentials", credentials, methods=["POST"]),
        Route("/forget", forget, methods=["POST"]),
        Route("/reset", reset, methods=["POST"]),
        Route("/healthz", healthz),
        *clock_routes(account),
        *dispute_routes(account),
        *notice_routes(account),
    ]


class LoopbackOnly:
    """Lets through what comes from this machine, whatever address the sandbox listens on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        local = scope["client"] is not None and _is_loopback(scope["client"][0])
        await (self._app if local else answer_json({"error": "only from this machine"}, 403))(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
