"""The page of the shopper's bank: approve, refuse, or fail for a technical reason.

Version 2 is reached with `creq` and answers `cres` where the request for the payment said; version 1 is reached with
`PaReq` and answers `PaRes` where its form says. Each answer is a plain form to the shop: no script, no state here.
"""

import re
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.sandbox import rules
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.pages.fields import read_fields
from cardinity_client.sandbox.pages.html import Markup, element, facts, hidden, page, problem
from cardinity_client.sandbox.wire import Payment

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")


def acs_routes(account: Account) -> list[Route]:
    """Mount under /acs."""

    async def challenge(request: Request) -> Response:
        payment = account.book.get(request.path_params["payment_id"])
        if payment is None:
            return problem("No such payment", "The bank knows no payment of this address.", status=404)
        if payment.status != "pending":
            return problem("This is over", "The payment was decided already.", status=409)
        fields = await read_fields(request) if request.method == "POST" else _unasked(payment)
        return _challenge(account, payment, fields or {})

    return [Route("/{payment_id}", challenge, methods=["GET", "POST"])]


def _unasked(payment: Payment) -> dict[str, str]:
    """A person who opens the address by hand, to see what a shopper would see."""
    return {"creq": payment.threeds2_data.creq} if payment.threeds2_data else {}


def _challenge(account: Account, payment: Payment, fields: dict[str, str]) -> Response:
    v1, v2 = payment.authorization_information, payment.threeds2_data
    if v1 is not None and fields.get("PaReq") == v1.data:
        target = fields.get("TermUrl", "")
        answers: tuple[tuple[str, str, str], ...] = (
            ("Approve", "PaRes", rules.V1_PASSED),
            ("Refuse", "PaRes", rules.V1_FAILED),
        )
        session = [("MD", fields.get("MD", ""))]
    elif v2 is not None and fields.get("creq") == v2.creq:
        target = account.notification_urls.get(payment.id, "")
        answers = (
            ("Approve", "cres", rules.V2_PASSED),
            ("Refuse", "cres", rules.V2_FAILED),
            ("Fail for a technical reason", "cres", rules.V1_PASSED),
        )
        session = [("threeDSSessionData", value) for value in [fields.get("threeDSSessionData")] if value is not None]
    else:
        return problem("Nothing to decide", "The request of the shop does not belong to this payment.", status=400)
    if not _URL.fullmatch(target):
        return problem("Nowhere to go back to", "The shop named no address for the answer.", status=400)
    return page(
        "Your bank asks: is this you?",
        facts((("Amount", f"{payment.amount} {payment.currency}"), ("For", payment.description))),
        *_buttons(target, answers, session),
    )


def _buttons(target: str, answers: Iterable[tuple[str, str, str]], session: list[tuple[str, str]]) -> Iterable[Markup]:
    for number, (label, name, value) in enumerate(answers):
        button = element("button", label, class_="plain" if number else None, name=name, value=value)
        yield element("form", hidden(session), button, method="post", action=target)
