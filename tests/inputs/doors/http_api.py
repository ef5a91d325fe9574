"""The API over HTTP: whoever can reach the port, with a key and without."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.inputs.cards import LIVE_PAN, MISTYPED_PAN, OTHER_PAN, SPACED
from tests.inputs.knocking import Request, Response
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import DISABLED, EXHAUSTED, KNOWN, OPEN, World
from tests.unit.contract.builders import ABSENT, PAN, PAYMENT_ID, card_fields, nested_fields, reference_fields

PATH = "/v1/charges"
_JSON = "application/json"


class Given(NamedTuple):
    """A request. `key` is one of the world's callers; with `authorization` it is that header as it stands."""

    body: bytes = b""
    method: str = "POST"
    path: str = PATH
    key: str = OPEN
    authorization: str | None = None
    headers: Mapping[str, str] = {}
    query: bytes = b""
    piece: int = 2**30


#: One charge for each kind of wrong; the whole table is at the door of charges.
_CHARGES: list[tuple[dict[str, Any], str, str]] = [
    (card_fields(order_id=ABSENT), "order_id_length", "order_id"),
    (card_fields(order_id="a b"), "order_id_charset", "order_id"),
    (card_fields(order_id="NEW-a2"), "order_id_reserved", "order_id"),
    (card_fields(order_id=SPACED), "card_number_in_text", "order_id"),
    (card_fields(order_id=7), "order_id_type", "order_id"),
    (card_fields(order_id="\ud800\ud800"), "order_id_charset", "order_id"),
    (card_fields(amount=10.0), "amount_type", "amount"),
    (card_fields(amount="10"), "amount_scale", "amount"),
    (card_fields(amount="-1.00"), "amount_sign", "amount"),
    (card_fields(amount="0.49"), "amount_minimum", "amount"),
    (card_fields(amount="1e3"), "amount_format", "amount"),
    (card_fields(amount=int(PAN)), "amount_type", "amount"),
    (card_fields(currency="ZZZ"), "currency_unknown", "currency"),
    (card_fields(currency=["EUR"]), "currency_unknown", "currency"),
    (card_fields(country="UK"), "country_unknown", "country"),
    (card_fields(description="a\x1b[2J"), "description_charset", "description"),
    (card_fields(description=f"paid with {PAN}"), "card_number_in_text", "description"),
    (card_fields(description={"a": 1}), "description_type", "description"),
    (card_fields(pan=LIVE_PAN), "card_number_live_in_test", "pan"),
    (card_fields(pan=MISTYPED_PAN), "card_number_invalid", "pan"),
    (card_fields(pan=int(PAN)), "card_number_type", "pan"),
    (card_fields(pan=f"{PAN}\n"), "card_number_format", "pan"),
    (card_fields(cvc=123), "card_cvc_type", "cvc"),
    (card_fields(cvc=ABSENT), "card_cvc_missing", "cvc"),
    (card_fields(exp_year=2020), "card_expired", "exp_year"),
    (card_fields(exp_month=13), "card_expiry_month", "exp_month"),
    (card_fields(holder="O" * 33), "card_holder_length", "holder"),
    (card_fields(account="a:b"), "account_format", "account"),
    (card_fields(expires_at_ms=1), "expires_order", "expires_at_ms"),
    (card_fields(payment_id=PAYMENT_ID), "instrument_ambiguous", "payment_id"),
    (card_fields(amout="10.00"), "field_unknown", "amout"),
    (card_fields(self="me"), "field_unknown", "self"),
    (card_fields(fields={}), "field_unknown", "fields"),
    (card_fields(**{PAN: "1"}), "field_unknown", "?"),
    (nested_fields(cvc="1234567"), "card_cvc_length", "payment_instrument.cvc"),
    (reference_fields(payment_id="77"), "payment_id_format", "payment_id"),
    (reference_fields(payment_id=PAN), "payment_id_format", "payment_id"),
]
#: The order that is there already, with something changed, and what differs.
_CONFLICTS: list[tuple[dict[str, Any], str]] = [
    ({"amount": "25.51"}, "amount"),
    ({"currency": "USD"}, "currency"),
    ({"country": "LV"}, "country"),
    ({"description": "Red kettle"}, "description"),
    ({"pan": OTHER_PAN}, "payment_instrument"),
    ({"holder": "Ona P."}, "payment_instrument"),
    ({"exp_year": 2032}, "payment_instrument"),
]
BODIES: list[tuple[bytes, str]] = [
    (b"", "json_invalid"),
    (b"{", "json_invalid"),
    (b"\xff\xfe", "json_invalid"),
    (b"\xef\xbb\xbf{}", "json_invalid"),
    (json.dumps(KNOWN).encode("utf-16"), "json_invalid"),
    (b'{"amount":"1.00","amount":"2.00"}', "json_invalid"),
    (b'{"amount":NaN}', "json_invalid"),
    (b'{"amount":' + b"1" * 5000 + b"}", "json_invalid"),
    (b"[" * 9000, "json_invalid"),
    (b'{"a":' * 9 + b"1" + b"}" * 9, "json_invalid"),
    (json.dumps(KNOWN).encode() * 2, "json_invalid"),
    (b"[]", "payload_type"),
    (b"null", "payload_type"),
    (PAN.encode(), "payload_type"),
    (json.dumps(PAN).encode(), "payload_type"),
    (b" " * 16_385, "body_size"),
    (b"x" * 2_000_000, "body_size"),
]
TYPES = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ";", PAN]
CREDENTIALS: list[tuple[str, str]] = [
    ("", "api_key_missing"),
    ("Bearer", "api_key_missing"),
    ("Bearer ", "api_key_missing"),
    ("Basic c2hvcDpzaG9w", "api_key_missing"),
    ("cbk_" + "A" * 43, "api_key_missing"),
    ("Bearer cbk_" + "A" * 43, "api_key_invalid"),
    ("Bearer " + PAN, "api_key_invalid"),
    ("Bearer \u00b2", "api_key_invalid"),
    ("Bearer " + "x" * 60_000, "api_key_invalid"),
    ("bearer cbk_ " + "A" * 42, "api_key_invalid"),
]
_ADDRESSES: list[tuple[str, str, str]] = [
    ("GET", PATH, "method_unknown"),
    ("PUT", PATH, "method_unknown"),
    ("PATCH", f"{PATH}/KNOWN-1", "method_unknown"),
    ("TRACE", PATH, "method_unknown"),
    ("post", PATH, "method_unknown"),
    ("POST", f"{PATH}/KNOWN-1", "method_unknown"),
    ("POST", f"{PATH}/", "route_unknown"),
    ("GET", "/", "route_unknown"),
    ("GET", "/v1", "route_unknown"),
    ("GET", "/v2/charges/KNOWN-1", "route_unknown"),
    ("GET", f"{PATH}/../charges", "route_unknown"),
    ("GET", f"{PATH}/a/b", "route_unknown"),
    ("POST", "/v1/refundz", "route_unknown"),
    ("POST", "/livez", "method_unknown"),
    ("GET", f"/{PAN}", "route_unknown"),
]
_NO_ORDERS = ["NOPE", "known-1", "KNOWN-1 ", "*", "a\r\nX: y", "\x00", "\u00e4", "x" * 60_000, PAN, SPACED, "..", "%2e"]


def _rows() -> Iterator[Row]:
    for number, (fields, code, field) in enumerate(_CHARGES):
        yield Row(f"charge {code} {number}", Given(json.dumps(fields).encode()), code, field, '"status":422')
    for number, (changes, field) in enumerate(_CONFLICTS):
        given = Given(json.dumps({**KNOWN, **changes}).encode())
        yield Row(f"conflict {number}", given, "order_conflict", field, '"status":409')
    for number, (body, code) in enumerate(BODIES):
        yield Row(f"body {number}", Given(body), code, says='"status":4')
    for media_type in TYPES:
        given = Given(b"{}", headers={"content-type": media_type})
        yield Row(f"type {media_type!r}", given, "media_type", says='"status":415')
    for number, (authorization, code) in enumerate(CREDENTIALS):
        given = Given(b"{}", authorization=authorization)
        yield Row(f"credentials {number}", given, code, says='"status":401')
    yield Row("a key that was disabled", Given(b"{}", key=DISABLED), "api_key_disabled", says='"status":403')
    yield Row("a key that asked too often", Given(b"{}", key=EXHAUSTED), "too_many_requests", says='"status":429')
    for number, (method, path, code) in enumerate(_ADDRESSES):
        yield Row(f"{method} {path[:20]} {number}", Given(b"", method, path), code, says='"status":40')
    for order_id in _NO_ORDERS:
        given = Given(b"", "GET", f"{PATH}/{order_id}")
        yield Row(f"get {order_id[:9]!r}", given, "order_unknown", says='"status":404')


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Send it."""
    authorization = f"Bearer {world.callers[given.key]}" if given.authorization is None else given.authorization
    headers = {"content-type": _JSON, **({"authorization": authorization} if authorization else {}), **given.headers}
    request = Request(given.method, given.path, given.body, given.query, headers, piece=given.piece)
    return refused(world.http.ask(request))


def refused(answer: Response) -> Told:
    """Every complaint of a problem."""
    text = answer.body.decode()
    problem = json.loads(text)
    named = problem.get("errors", [])
    if named:
        return Told(frozenset((error["code"], error["field"]) for error in named), text)
    return told(problem.get("code", ""), text=text)
