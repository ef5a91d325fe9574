"""What is told without being asked: forms of the hosted page and signed webhooks, by whoever knows the address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cardinity_client import NotificationInvalid, Secret
from cardinity_client.notifications import read_notification, read_webhook
from cardinity_client.notifications.signing import signature_of
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.client.notices import APPROVED, PAYMENT_ID, PROJECT, SECRET, body_of, signed
from tests.unit.contract.builders import PAN


class Given(NamedTuple):
    """A body, and the signature in its header for a webhook."""

    body: bytes
    header: str | None = None
    is_webhook: bool = False


_GOOD = body_of(signed(APPROVED))
_FORMS: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "body_format", ""),
    "a card": (PAN.encode(), "body_format", ""),
    "json": (b'{"amount":"1"}', "body_format", ""),
    "not utf-8": (b"amount=%ff", "body_format", ""),
    "an escape cut": (b"amount=%2", "body_format", ""),
    "a NUL": (b"amount=\0", "body_format", ""),
    "endless": (b"amount=" + b"1" * 70_000, "body_size", ""),
    "endlessly many": (b"&".join([b"amount=1"] * 5000), "body_size", ""),
    "a card as a name": (f"{PAN}=1".encode(), "field_unknown", "?"),
    "a name in capitals": (_GOOD.replace(b"amount", b"Amount"), "field_unknown", "?"),
    "an amount twice": (_GOOD + b"&amount=0.01", "field_duplicate", "amount"),
    "a signature twice": (_GOOD + b"&signature=", "field_duplicate", "signature"),
    "no signature": (body_of(APPROVED), "signature_missing", "signature"),
    "another's signature": (body_of(signed(APPROVED, Secret("theirs"))), "signature_invalid", "signature"),
    "another amount": (_GOOD.replace(b"25.50", b"0.50"), "signature_invalid", "signature"),
    "a card as a signature": (body_of({**APPROVED, "signature": PAN}), "signature_invalid", "signature"),
}
_SHAPES: dict[str, tuple[Mapping[str, str], str, str]] = {
    "a card as an amount": ({"amount": PAN}, "value_format", "amount"),
    "a card as an order": ({"order_id": f"{PAN} {PAN}"}, "value_format", "order_id"),
    "another project": ({"project_id": "other"}, "project_mismatch", "project_id"),
    "an error beside an approval": ({"error": f"3001: {PAN}"}, "value_shifted", "error"),
    "another payment in the words": ({"description": f"{PAN}id{PAYMENT_ID}"}, "value_shifted", "description"),
    "endless words": ({"description": PAN * 30}, "value_format", "description"),
}
_WEBHOOKS: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "json_invalid", ""),
    "deep": (b"[" * 60_000, "json_invalid", ""),
    "a list": (b"[]", "not_an_object", ""),
    "a member twice": (b'{"type":"ping","type":"payment.approved"}', "duplicate_keys", ""),
    "no kind": (b"{}", "value_format", "type"),
    "a card as a kind": (json.dumps({"type": PAN + "!"}).encode(), "value_format", "type"),
    "no data": (b'{"type":"payment.approved"}', "value_format", "data"),
    "no id": (b'{"type":"payment.approved","data":{}}', "field_missing", "data.id"),
    "a card as an id": (
        json.dumps({"type": "refund.approved", "data": {"id": PAN}}).encode(),
        "value_format",
        "data.id",
    ),
    "endless": (b" " * 70_000, "body_size", ""),
}


def _rows() -> Iterator[Row]:
    for name, (body, code, field) in _FORMS.items():
        yield Row(f"form: {name}", Given(body), code, field)
    for name, (changes, code, field) in _SHAPES.items():
        yield Row(f"form: {name}", Given(body_of(signed({**APPROVED, **changes}))), code, field)
    for name in ("amount", "currency", "id", "order_id", "project_id", "status", "type"):
        fields = {member: value for member, value in APPROVED.items() if member != name}
        yield Row(f"form: no {name}", Given(body_of(signed(fields))), "field_missing", name)
    for name, (body, code, field) in _WEBHOOKS.items():
        yield Row(f"webhook: {name}", Given(body, signature_of(body, SECRET), True), code, field)
    yield Row("webhook: no signature", Given(b"{}", None, True), "signature_missing", "signature")
    for number, header in enumerate(("0" * 64, PAN, "\x00", "\udcff" * 64, signature_of(b"", SECRET))):
        yield Row(f"webhook: signature {number}", Given(b"{}", header, True), "signature_invalid", "signature")


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read it."""
    try:
        if given.is_webhook:
            found: object = read_webhook(given.body, given.header, secrets=[SECRET])
        else:
            found = read_notification(given.body, project_id=PROJECT, secrets=[SECRET])
    except NotificationInvalid as error:
        return told(error.code, error.field, f"{error} {error!r}")
    return told("", text=repr(found))
