"""Disputes as they really come: from the bank, and so in at the admin door and not through the API."""

from typing import Final

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.admin_answers import answer_json, refuse, request_json
from cardinity_client.sandbox.records.record import Record
from cardinity_client.sandbox.records.recording import recording
from cardinity_client.sandbox.wire import Answer, encode

_KINDS: Final = ("chargeback", "rdr")
_STATUSES: Final = ("initiated", "approved", "declined")


def dispute_routes(account: Account) -> list[Route]:
    """The admin's routes for chargebacks and RDR records."""

    async def dispute(request: Request) -> Response:
        document = await request_json(request)
        if document is None:
            return refuse("a JSON object is required")
        kind, status = document.get("type", "chargeback"), document.get("status", "approved")
        payment = account.book.get(str(document.get("payment_id")))
        if payment is None or kind not in _KINDS or status not in _STATUSES:
            return refuse(f"needs the payment_id of a payment, type {_KINDS} and status {_STATUSES}")
        deed = recording(account, kind, payment, document)
        if isinstance(deed, Answer):
            return Response(deed.body, deed.status, media_type="application/json")
        return _landed(account, replace(deed.record, status=status))

    async def decide(request: Request) -> Response:
        document = await request_json(request) or {}
        record = account.records.find(request.path_params["record_id"])
        status = document.get("status")
        if record is None or record.type not in _KINDS or status not in _STATUSES:
            return refuse(f"needs the id of a dispute and status {_STATUSES}")
        return _landed(account, replace(record, status=status))

    return [
        Route("/disputes", dispute, methods=["POST"]),
        Route("/disputes/{record_id}", decide, methods=["POST"]),
    ]


def _landed(account: Account, record: Record) -> Response:
    account.records.put_at(record, account.now_ms())
    return answer_json(encode(record))
