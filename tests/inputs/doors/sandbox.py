"""The doors of the gateway's double: its API, where a bad request must never charge, and its admin routes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from cardinity_client.oauth import OAuth1
from cardinity_client.sandbox.settings import TEST_CONSUMER_KEY, TEST_CONSUMER_SECRET
from cardinity_client.secret import Secret
from tests.inputs.cards import MISTYPED_OTHER_PAN
from tests.inputs.knocking import Request
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN, PAYMENT_ID
from tests.unit.sandbox.bodies import BROWSER, THREEDS2, card, charge

_ORIGIN = "http://sandbox.test"
_PAYMENTS = "/v1/payments"
#: Stands in a path for the id of the payment that waits for its shopper.
_PENDING = "PENDING"
#: The same for what else is there: an approved purchase, an authorization, a link, a visit.
_STAND_INS = ("PAID", "HELD", "LINK", "VISIT")
_SIGNER = OAuth1(TEST_CONSUMER_KEY, Secret(TEST_CONSUMER_SECRET))


class Given(NamedTuple):
    """A request. Without `authorization` it is signed as it should be; an empty one is left out."""

    method: str
    path: str
    body: bytes = b""
    query: str = ""
    headers: Mapping[str, str] = {}
    authorization: str | None = None
    client: str = "127.0.0.1"


#: What is changed in a good charge, the member that is named, and the value that is told back.
_MEMBERS: list[tuple[dict[str, Any], str, Any]] = [
    ({"amount": None}, "amount", None),
    ({"amount": "10"}, "amount", "10"),
    ({"amount": "10.005"}, "amount", "10.005"),
    ({"amount": Decimal("10.005")}, "amount", None),
    ({"amount": Decimal("1E+400")}, "amount", None),
    ({"amount": "-5.00"}, "amount", "-5.00"),
    ({"amount": "1e3"}, "amount", "1e3"),
    ({"amount": "0.49"}, "amount", "0.49"),
    ({"amount": "0.00"}, "amount", "0.00"),
    ({"amount": True}, "amount", True),
    ({"amount": []}, "amount", None),
    ({"amount": "10.00", "currency": "JPY"}, "amount", "10.00"),
    ({"currency": None}, "currency", None),
    ({"currency": "EGR"}, "currency", "EGR"),
    ({"currency": "eur"}, "currency", "eur"),
    ({"currency": ["EUR"]}, "currency", None),
    ({"country": None}, "country", None),
    ({"country": "LTU"}, "country", "LTU"),
    ({"order_id": "a"}, "order_id", "a"),
    ({"order_id": "a_b"}, "order_id", "a_b"),
    ({"order_id": "a" * 51}, "order_id", "a" * 51),
    ({"order_id": 12}, "order_id", 12),
    ({"description": "x" * 256}, "description", "x" * 256),
    ({"settle": "yes"}, "settle", "yes"),
    ({"statement_descriptor_suffix": "x" * 26}, "statement_descriptor_suffix", "x" * 26),
    ({"payment_method": "cash"}, "payment_method", "cash"),
    ({"payment_method": None}, "payment_method", None),
    ({"payment_instrument": None}, "payment_instrument", None),
    ({"payment_instrument": "4111"}, "payment_instrument", "4111"),
    ({"payment_instrument": card(pan=MISTYPED_OTHER_PAN)}, "payment_instrument.pan", MISTYPED_OTHER_PAN),
    ({"payment_instrument": card(pan="4111 1111")}, "payment_instrument.pan", "4111 1111"),
    ({"payment_instrument": card(pan=None)}, "payment_instrument.pan", None),
    ({"payment_instrument": card(exp_month=13)}, "payment_instrument.exp_month", 13),
    ({"payment_instrument": card(exp_month=14)}, "payment_instrument.exp_month", 14),
    ({"payment_instrument": card(exp_month=0)}, "payment_instrument.exp_month", 0),
    ({"payment_instrument": card(exp_month=True)}, "payment_instrument.exp_month", True),
    ({"payment_instrument": card(exp_year=31)}, "payment_instrument.exp_year", 31),
    ({"payment_instrument": card(cvc="12")}, "payment_instrument.cvc", "12"),
    ({"payment_instrument": card(cvc="12345")}, "payment_instrument.cvc", "12345"),
    ({"payment_instrument": card(cvc=12345)}, "payment_instrument.cvc", 12345),
    ({"payment_instrument": card(cvc=None)}, "payment_instrument.cvc", None),
    ({"payment_instrument": card(holder="")}, "payment_instrument.holder", ""),
    ({"payment_instrument": card(holder="x" * 33)}, "payment_instrument.holder", "x" * 33),
    ({"threeds2_data": "yes"}, "threeds2_data", "yes"),
    (
        {"threeds2_data": {**THREEDS2, "notification_url": "ftp://x"}},
        "threeds2_data.notification_url",
        "ftp://x",
    ),
    ({"threeds2_data": {**THREEDS2, "browser_info": None}}, "threeds2_data.browser_info", None),
    (
        {"threeds2_data": {**THREEDS2, "browser_info": {**BROWSER, "challenge_window_size": "1x1"}}},
        "threeds2_data.browser_info.challenge_window_size",
        "1x1",
    ),
    *(({"payment_method": "recurring", "payment_instrument": {"payment_id": parent}}, "payment_instrument.payment_id",
       parent) for parent in (None, "", "none", PAYMENT_ID.upper(), 7, PAYMENT_ID)),
]  # fmt: skip
_BODIES = [
    b"", b"{", b"[]", b"null", b'"text"', b"1", b"\xff", b"NaN", b"[" * 100_000, b'{"a":' * 20_000,
    b"amount=10.00&currency=EUR", json.dumps(charge()).encode("utf-16"), b"x" * 2_000_000,
]  # fmt: skip


def _header(**changes: str) -> str:
    """Good credentials for nothing in particular, with members changed."""
    members = {
        "oauth_consumer_key": TEST_CONSUMER_KEY,
        "oauth_nonce": "n",
        "oauth_timestamp": "1768471200",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_signature": "c2lnbmF0dXJl",
        "oauth_version": "1.0",
        **changes,
    }
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in members.items() if value)


_CREDENTIALS = {
    "none": "",
    "basic": "Basic dGVzdDp0ZXN0",
    "bearer": f"Bearer {PAN}",
    "scheme alone": "OAuth",
    "no members": "OAuth realm=x",
    "not signed for this": _header(),
    "long ago": _header(oauth_timestamp="1"),
    "in the future": _header(oauth_timestamp="99999999999"),
    "no time": _header(oauth_timestamp="soon"),
    "a time of other digits": _header(oauth_timestamp="\u00b2"),
    "an endless time": _header(oauth_timestamp="9" * 400),
    "another key": _header(oauth_consumer_key="nobody"),
    "no key": _header(oauth_consumer_key=""),
    "no nonce": _header(oauth_nonce=""),
    "no signature": _header(oauth_signature=""),
    "no base64": _header(oauth_signature="%FF%00"),
    "other letters": _header(oauth_signature="\u00e4"),
    "sha-256": _header(oauth_signature_method="HMAC-SHA256"),
    "plaintext": _header(oauth_signature_method="PLAINTEXT"),
    "version 2": _header(oauth_version="2.0"),
    "a member twice": _header() + ', oauth_nonce="m"',
    "as long as a server takes": "OAuth " + "x" * 65_000,
    "quotes without end": "OAuth " + 'a="' * 20_000,
}
_ADDRESSES: list[tuple[str, str, str]] = [
    ("GET", "/", "404"),
    ("GET", "/v1", "404"),
    ("GET", "/v2/payments", "404"),
    ("GET", f"{_PAYMENTS}/{PAYMENT_ID}", "404"),
    ("GET", f"{_PAYMENTS}/{PAN}", "404"),
    ("GET", f"{_PAYMENTS}/..", "401"),
    ("GET", f"{_PAYMENTS}/%2e%2e%2fadmin", "404"),
    ("GET", f"{_PAYMENTS}/{PAYMENT_ID}/refunds", "404"),
    ("GET", f"{_PAYMENTS}/" + "x" * 10_000, "404"),
    ("PATCH", f"{_PAYMENTS}/{PAYMENT_ID}", "404"),
    ("DELETE", _PAYMENTS, "405"),
    ("PUT", _PAYMENTS, "405"),
    ("PATCH", _PAYMENTS, "405"),
    ("TRACE", _PAYMENTS, "405"),
    ("post", _PAYMENTS, "401"),
    ("POST", f"{_PAYMENTS}/{PAYMENT_ID}", "405"),
    ("DELETE", f"{_PAYMENTS}/{PAYMENT_ID}", "405"),
]
_LIMITS = ["0", "101", "-1", "1.5", "1e1", "ten", "", "%20", "1%00", "9" * 400, "%D9%A1", PAN]
_FINALIZES: list[tuple[bytes, str]] = [
    (b"", "body"),
    (b"{", "body"),
    (b"[]", "body"),
    (b"{}", "cres"),
    (b'{"cres": null}', "cres"),
    (b'{"cres": "a", "authorize_data": "b"}', "cres"),
    (b'{"cres": "3ds2-pass"}', "cres"),
    (b'{"authorize_data": ""}', "authorize_data"),
    (b'{"authorize_data": 7}', "authorize_data"),
    (b'{"authorize_data": ["3d-pass"]}', "authorize_data"),
]
_PLANS = [
    b"", b"{", b"{}", b"[1]", b"\xff", b"[" * 5000, b'[{"fault": "nonsense"}]', b'[{"fault": "' + PAN.encode() + b'"}]',
    b'[{"fault": "reset_before", "' + PAN.encode() + b'": 1}]', b'[{"fault": "reset_before", "rate": 2}]',
    b'[{"fault": "reset_before", "rate": -0.1}]', b'[{"fault": "reset_before", "rate": NaN}]',
    b'[{"fault": "reset_before", "rate": 0.1, "order_id": "o"}]', b'[{"fault": "reset_before", "times": 0}]',
    b'[{"fault": "late_landing"}]', b'[{"fault": "list_lag"}]', b'[{"fault": "list_500", "order_id": "o"}]',
    b'[{"fault": "slow_answer", "delay_ms": -1}]', b'[{"fault": "rate_limited_429", "retry_after": "1\\r\\nx: y"}]',
    b'[{"fault": "reset_before", "rate": 0.6}, {"fault": "html_200", "rate": 0.5}]',
]  # fmt: skip


def _rows() -> Iterator[Row]:
    for number, (changes, field, rejected) in enumerate(_MEMBERS):
        says = "" if rejected is None else f'"rejected":{msgspec.json.encode(rejected).decode()}'
        yield Row(f"{field} {number}", Given("POST", _PAYMENTS, _body(charge(**changes))), "400", field, says)
    for number, body in enumerate(_BODIES):
        yield Row(f"body {number}", Given("POST", _PAYMENTS, body), "400", "body")
    empty = tuple(("400", name) for name in ("currency", "country", "payment_method", "payment_instrument"))
    yield Row("empty object", Given("POST", _PAYMENTS, b"{}"), "400", "amount", also=empty)
    for name, authorization in _CREDENTIALS.items():
        good = _body(charge())
        yield Row(f"credentials: {name}", Given("POST", _PAYMENTS, good, authorization=authorization), "401")
    for number, (method, path, code) in enumerate(_ADDRESSES):
        yield Row(f"{method} {path[:30]} {number}", Given(method, path, b"{}"), code)
    for limit in _LIMITS:
        yield Row(f"limit {limit[:9]!r}", Given("GET", _PAYMENTS, query=f"limit={limit}"), "400", "limit")
    for number, (body, field) in enumerate(_FINALIZES):
        yield Row(f"finalize {number}", Given("PATCH", f"{_PAYMENTS}/{_PENDING}", body), "400", field)
    for name, headers, code in (
        ("html wanted", {"accept": "text/html"}, "406"),
        ("nothing wanted", {"accept": ";"}, "406"),
        ("form sent", {"content-type": "application/x-www-form-urlencoded"}, "415"),
        ("no type", {"content-type": ";"}, "415"),
    ):
        yield Row(name, Given("POST", _PAYMENTS, _body(charge()), headers=headers), code)
    for number, plan in enumerate(_PLANS):
        yield Row(f"plan {number}", Given("POST", "/_sandbox/faults", plan, authorization=""), "400")
    yield Row("whose payments", Given("GET", "/_sandbox/payments", authorization=""), "400")
    for route, method in (("charges", "POST"), ("faults", "GET"), ("reset", "GET")):
        yield Row(f"{method} {route}", Given(method, f"/_sandbox/{route}", authorization=""), "405")
    yield Row("no such route", Given("GET", "/_sandbox/etc", authorization=""), "404")
    for client in ("10.0.0.1", "::ffff:10.0.0.1", "localhost", ""):
        yield Row(f"from {client!r}", Given("POST", "/_sandbox/reset", authorization="", client=client), "403")


def _body(value: dict[str, Any]) -> bytes:
    """JSON with decimals as they are written."""
    return msgspec.json.Encoder(decimal_format="number").encode(value)


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Send it."""
    path = given.path.replace(_PENDING, world.pending_id)
    for name in _STAND_INS:
        if name in path:
            path = path.replace(name, getattr(world, f"{name.lower()}_id"))
    url = f"{_ORIGIN}{path}{'?' + given.query if given.query else ''}"
    authorization = _SIGNER.header(given.method, url) if given.authorization is None else given.authorization
    headers = {"host": "sandbox.test", **given.headers, **({"authorization": authorization} if authorization else {})}
    query = given.query.encode()
    answer = world.sandbox.ask(Request(given.method, path, given.body, query, headers, given.client))
    text = answer.body.decode()
    errors = _errors(text)
    if errors:
        return Told(frozenset((str(answer.status), error["field"]) for error in errors), text)
    return told(str(answer.status), text=text)


def _errors(text: str) -> list[dict[str, Any]]:
    """The faults of an error object; the admin routes answer otherwise."""
    document = json.loads(text) if text.startswith("{") else {}
    errors: list[dict[str, Any]] = document.get("errors", [])
    return errors
