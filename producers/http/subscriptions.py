"""Subscriptions under `/v1/subscriptions`: created, told, and changed by deeds. Nothing is charged by a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.client import PAGE_MAX
from producers.contract.fields import Refusal, read_payment_id
from producers.contract.form import Form
from producers.contract.renewals import SUBSCRIPTION_STATES
from producers.errors import InvalidCommand, SubscriptionUnknown
from producers.http.async_subscriptions import AsyncSubscriptions
from producers.http.bodies import read_fields
from producers.http.callers import Callers
from producers.http.queries import given, query_of, read_count, read_limit
from producers.subscriptions import Subscription, Subscriptions
from producers.subscriptions.fields import read_name, read_subscription_id
from producers.subscriptions.records import period_record, subscription_record

PATH: Final = "/v1/subscriptions"


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to one subscription: its `name` in paths, and whether a body says more."""

    name: str
    do: Callable[[Subscriptions, str, Mapping[str, object]], Subscription]
    has_fields: bool = False


def _cancel(subscriptions: Subscriptions, name: str, fields: Mapping[str, object]) -> Subscription:
    form = Form(fields)
    at_period_end = form.read_if_given("at_period_end", _flag)
    form.refuse_others(("at_period_end",))
    if form.errors:
        raise InvalidCommand(form.errors)
    return subscriptions.cancel(name, at_period_end=bool(at_period_end))


def _card(subscriptions: Subscriptions, name: str, fields: Mapping[str, object]) -> Subscription:
    form = Form(fields)
    payment_id = form.read("payment_id", read_payment_id)
    form.refuse_others(("payment_id",))
    if form.errors or payment_id is None:
        raise InvalidCommand(form.errors)
    return subscriptions.save_card(name, payment_id)


DEEDS: Final = (
    Deed("change", lambda subscriptions, name, fields: subscriptions.change(name, **fields), has_fields=True),
    Deed("consent", lambda subscriptions, name, fields: subscriptions.consent(name, **fields), has_fields=True),
    Deed("convert", lambda subscriptions, name, _: subscriptions.convert(name)),
    Deed("pause", lambda subscriptions, name, _: subscriptions.pause(name)),
    Deed("resume", lambda subscriptions, name, _: subscriptions.resume(name)),
    Deed("cancel", _cancel, has_fields=True),
    Deed("card", _card, has_fields=True),
)


def subscription_routes(subscriptions: AsyncSubscriptions, callers: Callers) -> list[Route]:
    """POST creates one (201), or tells it if it is there (200). GET tells one, or those behind `after` by id. POST of a
    deed answers with the subscription as it is then. GET of its periods tells the newest first, below number `before`.
    """

    async def create(request: Request) -> Response:
        callers.admit(request)
        fields = await read_fields(request)
        made, new = (await subscriptions.call(lambda them: them.create_many([fields])))[0]
        return _told(made, 201, {"Location": f"{PATH}/{made.subscription_id}"}) if new else _told(made)

    async def show(request: Request) -> Response:
        callers.admit(request)
        name = _name(request)
        return _told(await subscriptions.call(lambda them: them.get(name)))

    async def show_all(request: Request) -> Response:
        callers.admit(request)
        form = query_of(request, ("after", "limit", "customer", "state"))
        after = given(form, "after", read_subscription_id, "")
        limit = given(form, "limit", read_limit, PAGE_MAX)
        customer = form.read("customer", read_name("customer_format")) if "customer" in form.values else None
        state = form.read("state", _state) if "state" in form.values else None
        if form.errors:
            raise InvalidCommand(form.errors)
        found = await subscriptions.call(
            lambda them: them.list(after=after, limit=limit, customer=customer, state=state)
        )
        items = [subscription_record(each) for each in found]
        return Response(msgspec.json.encode({"items": items}), media_type="application/json")

    async def show_periods(request: Request) -> Response:
        callers.admit(request)
        form = query_of(request, ("before", "limit"))
        before = form.read("before", read_count) if "before" in form.values else None
        limit = given(form, "limit", read_limit, PAGE_MAX)
        if form.errors:
            raise InvalidCommand(form.errors)
        name = _name(request)
        found = await subscriptions.call(lambda them: them.periods(name, before=before, limit=limit))
        items = [period_record(each) for each in found]
        return Response(msgspec.json.encode({"items": items}), media_type="application/json")

    return [
        Route(PATH, create, methods=["POST"]),
        Route(PATH, show_all, methods=["GET"]),
        Route(f"{PATH}/{{subscription_id}}", show, methods=["GET"]),
        Route(f"{PATH}/{{subscription_id}}/periods", show_periods, methods=["GET"]),
        *(_deed_route(deed, subscriptions, callers) for deed in DEEDS),
    ]


def _deed_route(deed: Deed, subscriptions: AsyncSubscriptions, callers: Callers) -> Route:
    async def do(request: Request) -> Response:
        callers.admit(request)
        fields = await read_fields(request) if deed.has_fields else {}
        name = _name(request)
        return _told(await subscriptions.call(lambda them: deed.do(them, name, fields)))

    return Route(f"{PATH}/{{subscription_id}}/{deed.name}", do, methods=["POST"])


def _name(request: Request) -> str:
    """The id in the path; what can be nobody's is not asked of the database."""
    try:
        return read_subscription_id(request.path_params["subscription_id"])
    except Refusal:
        raise SubscriptionUnknown("subscription_unknown", "there is no subscription of this id") from None


def _state(value: object) -> str:
    if isinstance(value, str) and value in SUBSCRIPTION_STATES:
        return value
    raise Refusal("subscription_state_unknown", f"must be one of {', '.join(SUBSCRIPTION_STATES)}")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refusal("flag_type", "must be true or false")
    return value


def _told(subscription: Subscription, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(subscription_record(subscription)), status, headers, "application/json")
