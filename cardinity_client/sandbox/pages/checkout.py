"""The hosted checkout and the pages of payment links: a card form, the way to the bank, and the way back to the shop.

Every post ends in a redirect to the page that shows where the visit stands, so reloading never pays twice.
"""

from collections.abc import Callable, Sequence

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.links.book import Entry
from cardinity_client.sandbox.pages.card_form import card_form, cards_to_try
from cardinity_client.sandbox.pages.fields import read_fields
from cardinity_client.sandbox.pages.hosted import HostedRequest, read_request, signed_answer
from cardinity_client.sandbox.pages.html import element, facts, hand_over, page, problem
from cardinity_client.sandbox.pages.till import charge, take_answer, tell_shop
from cardinity_client.sandbox.pages.visits import Visit
from cardinity_client.sandbox.wire import Payment

_CLOSED = {
    "deleted": "The shop has withdrawn this link.",
    "disabled": "The shop has switched this link off.",
    "expired": "This link has expired.",
    "paid": "This link was paid already. Thank you.",
}


def checkout_routes(account: Account) -> list[BaseRoute]:
    """All under /checkout, where the shop's form begins."""

    async def begin(request: Request) -> Response:
        if request.method != "POST":
            return problem("Nothing to pay here", "A shop sends its customers here with a form.", status=405)
        wanted = read_request(await read_fields(request), account.settings)
        if isinstance(wanted, str):
            return problem("The shop's request cannot be used", wanted, status=400)
        visit = account.visits.open(wanted.order, hosted=wanted)
        return _see(account, request, visit)

    async def show(request: Request) -> Response:
        visit = account.visits.get(request.path_params["visit_id"])
        if visit is None:
            return _unknown()
        payment = account.book.get(visit.payment_id or "")
        return _form(account, request, visit) if payment is None else _standing(account, request, visit, payment)

    async def pay(request: Request) -> Response:
        visit = account.visits.get(request.path_params["visit_id"])
        if visit is None:
            return _unknown()
        fields = await read_fields(request) or {}
        if visit.payment_id is None and (closed := _closed(account, account.links.get(visit.link_id or ""))):
            return closed
        if visit.payment_id is None and (errors := charge(account, visit, fields, _origin(request))):
            return _form(account, request, visit, errors)
        return _moved(account, request, visit)

    async def answer(request: Request) -> Response:
        visit = account.visits.get(request.path_params["visit_id"])
        if visit is None:
            return _unknown()
        take_answer(account, visit, await read_fields(request) or {})
        return _moved(account, request, visit)

    async def link(request: Request) -> Response:
        entry = account.links.get(request.path_params["link_id"])
        if entry is None:
            return problem("Nothing to pay here", "There is no such link.", status=404)
        return _closed(account, entry) or _see(
            account, request, account.visits.open(_order(entry), link_id=entry.link.id)
        )

    under = [
        Route("/link/{link_id}", link),
        Route("/{visit_id}", show),
        Route("/{visit_id}", pay, methods=["POST"]),
        Route("/{visit_id}/answer", answer, methods=["POST"]),
    ]
    return [Route("/checkout", begin, methods=["GET", "POST"]), Mount("/checkout", routes=under)]


def _closed(account: Account, entry: Entry | None) -> Response | None:
    """Why a link cannot be paid, as a page; None when it can, or there is no link."""
    reason = None if entry is None else account.links.closed(entry)
    return None if reason is None else problem("Nothing to pay here", _CLOSED[reason], status=410)


def _order(entry: Entry) -> dict[str, str]:
    """A link has no order_id: the merchant finds its payment by the description."""
    link = entry.link
    given = {"amount": link.amount, "currency": link.currency, "description": link.description}
    return given if link.country is None else {**given, "country": link.country}


def _form(account: Account, request: Request, visit: Visit, errors: Sequence[FieldError] = ()) -> Response:
    order = visit.order
    amount = f"{order['amount']} {order['currency']}"
    cancel_url = visit.hosted.cancel_url if visit.hosted else None
    action = f"{account.pages(_origin(request))}/checkout/{visit.id}"
    return page(
        f"Pay {amount}",
        facts((("Order", order.get("order_id")), ("For", order.get("description")))),
        card_form(action, amount, errors, asks_country="country" not in order),
        element("a", "Cancel", class_="button plain", href=cancel_url) if cancel_url else "",
        cards_to_try(),
        status=400 if errors else 200,
    )


def _standing(account: Account, request: Request, visit: Visit, payment: Payment) -> Response:
    """Where a visit with a payment is: at the bank, on its way back to the shop, or at its end."""
    answer_url = f"{account.pages(_origin(request))}/checkout/{visit.id}/answer"
    v1, v2 = payment.authorization_information, payment.threeds2_data
    if v1 is not None:
        fields = [("PaReq", v1.data), ("TermUrl", answer_url), ("MD", visit.id)]
        return hand_over("One moment", "Your bank wants to ask you.", v1.url, fields, "Go to the bank")
    if v2 is not None:
        fields = [("creq", v2.creq), ("threeDSSessionData", visit.id)]
        return hand_over("One moment", "Your bank wants to ask you.", v2.acs_url, fields, "Go to the bank")
    if isinstance(visit.hosted, HostedRequest):
        told = signed_answer(payment, account.settings).items()
        said = "Your payment was approved." if payment.status == "approved" else "Your bank has declined the payment."
        return hand_over("Back to the shop", said, visit.hosted.return_url, told, "Back to the shop")
    if payment.status == "approved":
        text = element("p", f"{payment.amount} {payment.currency} paid. You can close this page.", class_="good")
        return page("Thank you", text)
    again = element("a", "Try again", class_="button", href=f"../checkout/link/{visit.link_id}")
    return page("Declined", element("p", "Your bank has declined the payment.", class_="bad"), again)


def _moved(account: Account, request: Request, visit: Visit) -> Response:
    """On to the page of the visit; the shop is told in the background once the payment is decided."""
    response = _see(account, request, visit)
    payment = account.book.get(visit.payment_id or "")
    url = visit.hosted.notification_url if visit.hosted else None
    if payment is not None and payment.status in ("approved", "declined") and url and not visit.told:
        visit.told = True
        response.background = BackgroundTask(tell_shop, account, url, payment)
    return response


def _see(account: Account, request: Request, visit: Visit) -> Response:
    return RedirectResponse(f"{account.pages(_origin(request))}/checkout/{visit.id}", 303)


def _unknown() -> Response:
    return problem("Nothing to pay here", "This visit is over, or never began.", status=404)


def _origin(request: Request) -> Callable[[], str]:
    return lambda: f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
