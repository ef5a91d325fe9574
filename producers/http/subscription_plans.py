"""What stands beside subscriptions: their plans, how a plan goes on after declines, what subscribers are to be told."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.client import PAGE_MAX
from producers.contract.fields import Refusal
from producers.errors import InvalidCommand, SubscriptionUnknown
from producers.http.async_subscriptions import AsyncSubscriptions
from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.http.queries import given, query_of, read_limit
from producers.subscriptions.fields import read_name
from producers.subscriptions.records import notice_record, plan_record

PLANS_PATH: Final = "/v1/subscription-plans"
DUNNING_PATH: Final = f"{PLANS_PATH}/{{plan_id}}/dunning"
NOTICES_PATH: Final = "/v1/subscription-notices"

#: An order's name, and what is told of it.
NOTICE_ID: Final = "[A-Za-z0-9.-]{1,47}:[a-z_]{1,32}"


def plan_routes(subscriptions: AsyncSubscriptions, callers: Callers) -> list[Route]:
    """POST adds a plan, which never changes, or tells it if it is there. GET tells all of them. PUT sets a plan's
    dunning, whole.
    """

    async def add(request: Request) -> Response:
        callers.admit(request)
        fields = await read_fields(request)
        return _told(plan_record(await subscriptions.call(lambda them: them.add_plan(**fields))))

    async def show_all(request: Request) -> Response:
        callers.admit(request)
        plans = await subscriptions.call(lambda them: them.plans())
        return _told({"items": [plan_record(plan) for plan in plans]})

    async def set_dunning(request: Request) -> Response:
        callers.admit(request)
        fields = await read_fields(request)
        name = _plan(request)
        return _told(plan_record(await subscriptions.call(lambda them: them.set_dunning(name, **fields))))

    return [
        Route(PLANS_PATH, add, methods=["POST"]),
        Route(PLANS_PATH, show_all, methods=["GET"]),
        Route(DUNNING_PATH, set_dunning, methods=["PUT"]),
    ]


def notice_routes(subscriptions: AsyncSubscriptions, callers: Callers) -> list[Route]:
    """GET tells what nobody has taken yet, the oldest first. DELETE takes one; again takes nothing."""

    async def show(request: Request) -> Response:
        callers.admit(request)
        form = query_of(request, ("limit",))
        limit = given(form, "limit", read_limit, PAGE_MAX)
        if form.errors:
            raise InvalidCommand(form.errors)
        notices = await subscriptions.call(lambda them: them.notices(limit))
        return _told({"items": [notice_record(notice) for notice in notices]})

    async def take(request: Request) -> Response:
        callers.admit(request)
        name = request.path_params["notice_id"]
        taken = await subscriptions.call(lambda them: them.take_notices([name])) if _NOTICE_ID.fullmatch(name) else 0
        return _told({"taken": taken})

    return [
        Route(NOTICES_PATH, show, methods=["GET"]),
        Route(f"{NOTICES_PATH}/{{notice_id}}", take, methods=["DELETE"]),
    ]


_NOTICE_ID: Final = re.compile(NOTICE_ID, re.ASCII)


def _plan(request: Request) -> str:
    """The name in the path; what can be nobody's is not asked of the database."""
    try:
        return read_name("plan_id_format")(request.path_params["plan_id"])
    except Refusal:
        raise SubscriptionUnknown("plan_unknown", "there is no plan of this name") from None


def _told(value: dict[str, object]) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
