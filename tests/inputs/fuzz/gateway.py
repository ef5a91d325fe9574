"""The parsers on either side of the gateway's wire: what our client is told, and what the gateway's double is."""

from __future__ import annotations

from typing import Final

from cardinity_client.answers import Rejected, Unknown
from cardinity_client.classify import classify_response
from cardinity_client.errors import NotificationInvalid, ResponseInvalid
from cardinity_client.notifications import read_notification, read_webhook
from cardinity_client.notifications.signing import signature_of
from cardinity_client.operations import CREATE_PAYMENT
from cardinity_client.sandbox.charges import read_charge
from cardinity_client.sandbox.links.link import Span, read_link, read_update
from cardinity_client.sandbox.plan import PlanError, parse_plan
from cardinity_client.sandbox.records.requests import read_record
from cardinity_client.sandbox.records.seeded import seeded
from cardinity_client.sandbox.signature import Verifier
from cardinity_client.wire import PageReader, parse_payment
from tests.inputs.fuzz import seeds
from tests.inputs.fuzz.parser import Parser, decoded, refused, text_of
from tests.unit.client.builders import charge
from tests.unit.client.notices import PROJECT, SECRET, body_of
from tests.unit.client.notices import signed as notice_signed
from tests.unit.client.writes import WRITES
from tests.unit.contract.builders import NOW_MS

_STATUSES: Final = (201, 202, 402, 400, 401, 403, 404, 405, 406, 415, 429, 500, 302, 200)
_CONTENT_TYPES: Final = ("application/json", "text/html", "", "application/json; charset=utf-8")
_PAID: Final = seeded(0, NOW_MS)[0]
_SPAN: Final = Span(NOW_MS, 7, 90)
_VERIFIER: Final = Verifier("key", "secret", lambda: NOW_MS / 1000, strict_nonces=True)


def _payment(data: bytes) -> str:
    return refused(lambda: parse_payment(data), ResponseInvalid)


def _page(data: bytes) -> str:
    return refused(lambda: PageReader()(data), ResponseInvalid)


def _answer(data: bytes) -> str:
    status = _STATUSES[data[0] % len(_STATUSES)] if data else 201
    content_type = (
        _CONTENT_TYPES[data[1] % len(_CONTENT_TYPES)] if len(data) > 1 and data[1] < 8 else "application/json"
    )
    headers = {"content-type": content_type, "retry-after": text_of(data[2:22]), "date": text_of(data[22:51])}
    answer = classify_response(CREATE_PAYMENT, charge(), status, headers, data[2:])
    return "" if answer.kind in ("approved", "pending", "declined") else repr(answer)


def _write(data: bytes) -> str:
    """An answer to one of the writes; the first two bytes say to which, and under what status."""
    write = WRITES[data[0] % len(WRITES)] if data else WRITES[0]
    status = _STATUSES[data[1] % len(_STATUSES)] if len(data) > 1 else 201
    headers = {"content-type": "application/json"}
    answer = classify_response(write.operation, write.asked, status, headers, data[2:])
    return repr(answer) if isinstance(answer, Unknown | Rejected) else ""


def _notification(data: bytes) -> str:
    return refused(lambda: _hint(data), NotificationInvalid)


def _signed_notification(data: bytes) -> str:
    """A genuine signature over fields that nobody wrote: each line is a name and a value."""
    lines = (line.partition("=") for line in data.decode("utf-8", "replace").split("\n"))
    fields = {name: value for name, _, value in lines}
    return refused(lambda: _hint(body_of(notice_signed(fields))), NotificationInvalid)


def _hint(body: bytes) -> object:
    return read_notification(body, project_id=PROJECT, secrets=[SECRET])


def _webhook(data: bytes) -> str:
    return refused(lambda: read_webhook(data, signature_of(data, SECRET), secrets=[SECRET]), NotificationInvalid)


def _sandbox(data: bytes) -> str:
    """A body is read as everything that the gateway's double takes: whatever it is, it is taken or complained about."""
    document = decoded(data)
    assert read_charge(document)
    assert all(read_record(kind, _PAID, document) for kind in ("refund", "void", "chargeback"))
    assert read_link(document, _SPAN) and read_update(document, _SPAN)
    return ""


def _plan(data: bytes) -> str:
    return refused(lambda: parse_plan(data), PlanError)


def _credentials(data: bytes) -> str:
    return _VERIFIER.problem("POST", "http://h/v1/payments", b"a=1", data.decode("latin-1")) or ""


PARSERS: Final = (
    Parser("payment", _payment, seeds.payments, cost=2),
    Parser("page", _page, seeds.pages, cost=4),
    Parser("answer", _answer, seeds.answers, cost=2),
    Parser("write", _write, seeds.writes, cost=2),
    Parser("notification", _notification, seeds.notifications, cost=2),
    Parser("signed-notification", _signed_notification, seeds.fields_of_notifications, cost=3),
    Parser("webhook", _webhook, seeds.webhooks, cost=2),
    Parser("sandbox-charge", _sandbox, seeds.sandbox_bodies, cost=2),
    Parser("sandbox-plan", _plan, seeds.plans),
    Parser("sandbox-credentials", _credentials, seeds.credentials),
)
