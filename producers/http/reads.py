"""What the gateway has, under `/v1/payments` and `/v1/chargebacks`: read from it at each request, and kept nowhere.

A kind of what follows a payment is one row here. How an order ended is told by the order; this is for who reconciles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client import CardinityClient
from cardinity_client.client import PAGE_MAX
from cardinity_client.models.follow_ups import Listing
from producers.contract.fields import ACCOUNT_DEFAULT, read_account, read_payment_id
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.gateway_records import Record, dispute_record, follow_up_record, payment_record
from producers.http.callers import Callers
from producers.http.gateway import Gateway
from producers.http.queries import given, query_of, read_limit

PAYMENTS: Final = "/v1/payments"
CHARGEBACKS: Final = "/v1/chargebacks"


@dataclass(frozen=True, slots=True)
class Kind:
    """What may follow a payment: its `name` in paths, how one is told, how all of a payment are read, and one."""

    name: str
    tell: Callable[[Any], Record]
    read_all: Callable[[CardinityClient, str], Awaitable[Listing[Any]]]
    read_one: Callable[[CardinityClient, str, str], Awaitable[Any]]


KINDS: Final = (
    Kind("refunds", follow_up_record, CardinityClient.list_refunds, CardinityClient.get_refund),
    Kind("settlements", follow_up_record, CardinityClient.list_settlements, CardinityClient.get_settlement),
    Kind("voids", follow_up_record, CardinityClient.list_voids, CardinityClient.get_void),
    Kind("chargebacks", dispute_record, CardinityClient.list_payment_chargebacks, CardinityClient.get_chargeback),
    Kind("rdrs", dispute_record, CardinityClient.list_rdrs, CardinityClient.get_rdr),
)


class Asking:
    """Lets callers in, and reads what they ask for."""

    def __init__(self, gateway: Gateway, callers: Callers) -> None:
        self._gateway = gateway
        self._callers = callers

    def newest(self, request: Request) -> tuple[CardinityClient, int]:
        """Whom to ask for an account's newest, and for how many."""
        form = self._form(request, "limit")
        limit = given(form, "limit", read_limit, PAGE_MAX)
        return self._client(form), limit

    def named(self, request: Request) -> tuple[CardinityClient, tuple[str, ...]]:
        """Whom to ask for what the path names, and its ids."""
        form = self._form(request)
        ids = Form(request.path_params, errors=form.errors)
        for name in ids.values:
            ids.read(name, read_payment_id)
        return self._client(form), tuple(request.path_params.values())

    def _form(self, request: Request, *known: str) -> Form:
        self._callers.admit(request)
        return query_of(request, (*known, "account"))

    def _client(self, form: Form) -> CardinityClient:
        account = given(form, "account", read_account, ACCOUNT_DEFAULT)
        if form.errors:
            raise InvalidCommand(form.errors)
        return self._gateway.client(account)


def read_routes(gateway: Gateway, callers: Callers) -> list[Route]:
    """GET tells the newest, one, or what follows one. `account` names the merchant account, if there are several."""
    asking = Asking(gateway, callers)

    async def payments(request: Request) -> Response:
        client, limit = asking.newest(request)
        page = await client.list_payments(limit)
        return _listed(payment_record, page.payments, page.unparsed)

    async def payment(request: Request) -> Response:
        client, ids = asking.named(request)
        return _told(payment_record(await client.get_payment(*ids)))

    async def chargebacks(request: Request) -> Response:
        client, limit = asking.newest(request)
        listing = await client.list_chargebacks(limit)
        return _listed(dispute_record, listing.items, listing.unparsed)

    return [
        Route(PAYMENTS, payments, methods=["GET"]),
        Route(f"{PAYMENTS}/{{payment_id}}", payment, methods=["GET"]),
        Route(CHARGEBACKS, chargebacks, methods=["GET"]),
        *(route for kind in KINDS for route in _routes_of(kind, asking)),
    ]


def _routes_of(kind: Kind, asking: Asking) -> list[Route]:
    async def all_of_a_payment(request: Request) -> Response:
        client, ids = asking.named(request)
        listing = await kind.read_all(client, *ids)
        return _listed(kind.tell, listing.items, listing.unparsed)

    async def one_of_a_payment(request: Request) -> Response:
        client, ids = asking.named(request)
        return _told(kind.tell(await kind.read_one(client, *ids)))

    path = f"{PAYMENTS}/{{payment_id}}/{kind.name}"
    return [
        Route(path, all_of_a_payment, methods=["GET"]),
        Route(f"{path}/{{id}}", one_of_a_payment, methods=["GET"]),
    ]


def _listed(tell: Callable[[Any], Record], items: Sequence[object], unread: int) -> Response:
    return _told({"items": [tell(item) for item in items], "unread": unread})


def _told(value: Record) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
