"""The hosted page over HTTP: forms to be signed, and the answers that a customer's browser brought."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.inputs.cards import SPACED
from tests.inputs.doors import notifications
from tests.inputs.doors.http_api import CREDENTIALS, Given, knock
from tests.inputs.rows import Row
from tests.unit.client.notices import APPROVED, body_of, signed
from tests.unit.contract.builders import PAN

__all__ = ["ROWS", "knock"]

_PATH, _ANSWERS = "/v1/hosted-pages", "/v1/hosted-pages/answers"
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
_GOOD: Final[Mapping[str, Any]] = {
    "order_id": "ORD-1",
    "amount": "25.50",
    "currency": "EUR",
    "country": "LT",
    "description": "Blue kettle",
    "return_url": "https://shop.example/paid",
}
_FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"order_id": None}, "order_id_length", "order_id"),
    ({"order_id": "a_b"}, "order_id_charset", "order_id"),
    ({"order_id": PAN}, "card_number_in_text", "order_id"),
    ({"amount": 25.5}, "amount_type", "amount"),
    ({"amount": "25.5"}, "amount_scale", "amount"),
    ({"amount": "0.49"}, "amount_minimum", "amount"),
    ({"amount": "1e3"}, "amount_format", "amount"),
    ({"currency": "eur"}, "currency_unknown", "currency"),
    ({"currency": None}, "currency_unknown", "currency"),
    ({"country": "UK"}, "country_unknown", "country"),
    ({"description": ""}, "description_length", "description"),
    ({"description": "a" * 256}, "description_length", "description"),
    ({"description": "a\r\nb"}, "description_charset", "description"),
    ({"description": f"for {SPACED}"}, "card_number_in_text", "description"),
    ({"description": "giftorder_id77"}, "value_shifted", "description"),
    ({"description": ["a"]}, "description_type", "description"),
    ({"return_url": None}, "url_format", "return_url"),
    ({"return_url": "javascript:alert(1)"}, "url_format", "return_url"),
    ({"return_url": "//shop.example"}, "url_format", "return_url"),
    ({"return_url": "https://sh\u00f6p.example"}, "url_format", "return_url"),
    ({"return_url": "https://shop.example/\r\nX: y"}, "url_format", "return_url"),
    ({"return_url": "https://shop.example/" + "a" * 2048}, "url_format", "return_url"),
    ({"return_url": 7}, "url_format", "return_url"),
    ({"cancel_url": "file:///etc/passwd"}, "url_format", "cancel_url"),
    ({"notification_url": "ftp://shop.example"}, "url_format", "notification_url"),
    ({"language": "lt"}, "language_format", "language"),
    ({"language": 7}, "text_type", "language"),
    ({"language": PAN}, "card_number_in_text", "language"),
    ({"email_address": "a" * 255}, "text_length", "email_address"),
    ({"email_address": "a\nb"}, "text_charset", "email_address"),
    ({"mobile_phone_number": "call me"}, "phone_format", "mobile_phone_number"),
    ({"mobile_phone_number": PAN}, "card_number_in_text", "mobile_phone_number"),
    ({"pan": PAN}, "field_unknown", "pan"),
    ({"signature": "a" * 64}, "field_unknown", "signature"),
    ({"project_id": "other"}, "field_unknown", "project_id"),
    ({PAN: 1}, "field_unknown", "?"),
]
_TYPES: Final = ("", "application/json", "text/plain", "multipart/form-data; boundary=x", PAN)
_SIGNED: Final = body_of(signed(APPROVED))


def _rows() -> Iterator[Row]:
    for number, (changes, code, field) in enumerate(_FIELDS):
        given = Given(json.dumps({**_GOOD, **changes}).encode(), path=_PATH)
        yield Row(f"page {code} {number}", given, code, field, '"status":422')
    for row in notifications.ROWS:
        if not row.given.is_webhook:
            yield row._replace(given=_answer(row.given.body), name=f"answer {row.name}", says='"status":4')
    yield Row("answer: no length, and too long", _answer(_SIGNED + b"&" * 17_000, piece=999), "body_size", says=":413")
    for media_type in _TYPES:
        given = Given(_SIGNED, path=_ANSWERS, headers={"content-type": media_type})
        yield Row(f"answer: type {media_type!r}", given, "media_type", says='"status":415')
    for number, (authorization, code) in enumerate(CREDENTIALS):
        given = Given(_SIGNED, path=_ANSWERS, authorization=authorization, headers=_FORM)
        yield Row(f"answer: credentials {number}", given, code, says='"status":401')
    for method in ("GET", "PUT", "DELETE"):
        for path in (_PATH, _ANSWERS):
            yield Row(f"{method} {path}", Given(b"", method, path), "method_unknown", says='"status":405')


def _answer(body: bytes, piece: int = 2**30) -> Given:
    return Given(body, path=_ANSWERS, headers=_FORM, piece=piece)


ROWS = [*_rows()]
