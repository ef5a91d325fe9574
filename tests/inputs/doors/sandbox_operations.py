"""More doors of the gateway's double: what follows a payment, links, the admin's orders, and the pages of shoppers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.inputs.doors.sandbox import Given
from tests.inputs.doors.sandbox import knock as knock
from tests.inputs.rows import Row
from tests.unit.contract.builders import PAN, PAYMENT_ID

_REFUNDS = "/v1/payments/PAID/refunds"
_SETTLEMENTS = "/v1/payments/HELD/settlements"
_VOIDS = "/v1/payments/HELD/voids"
_CHARGEBACKS = "/v1/payments/PAID/chargebacks"
_LINKS = "/v1/paymentLinks"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_NO_OBJECT = [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"x" * 2_000_000]

_AMOUNTS: list[Any] = [None, "", "0.00", "-1.00", "1", "1.005", "1e1", "10.01", 10.01, "99999999.00", True, [], {}, PAN]
_DESCRIPTIONS: list[Any] = ["x" * 256, 7, [], True]
_DISPUTES: list[tuple[str, Any]] = [
    ("amount", "10.01"),
    ("amount", "0.00"),
    ("reason_code", ""),
    ("reason_code", "x" * 11),
    ("reason_message", "x" * 256),
    ("arn", "x" * 101),
    ("case_id", "x" * 51),
    ("case_id", 7),
]
_LINK: dict[str, Any] = {"amount": "10.00", "currency": "EUR", "description": "Invoice 77"}
_LINK_MEMBERS: list[tuple[str, Any]] = [
    *(("amount", value) for value in (None, "0.49", "0.00", "-5.00", "10", "1e3", True)),
    *(("currency", value) for value in (None, "EGR", "eur", 7)),
    *(("description", value) for value in (None, "", "x" * 256, 7)),
    *(("country", value) for value in ("", "LTU", "lt", 7)),
    *(("multiple_use", value) for value in ("yes", 1)),
    *(
        ("expiration_date", value)
        for value in (
            *("soon", "", 7, "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2026-13-01T00:00:00Z"),
            *("2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00Z", "\u0662026-01-01T00:00:00Z"),
            *("9999-99-99T99:99:99Z", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00." + "9" * 400 + "Z"),
        )
    ),
]
_CLOCKS = [
    b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"advance_ms": -1}', b'{"advance_ms": 1.5}',
    b'{"advance_ms": "1d"}', b'{"advance_ms": 1, "to_ms": 1}', b'{"to_ms": 1}', b'{"to_ms": 1e400}',
    b'{"to_ms": 221845392000001}', b'{"advance_ms": 221845392000000}', b'{"to": "2030-01-01T00:00:00Z"}',
]  # fmt: skip
_NOTICES: list[dict[str, Any]] = [
    {},
    {"url": "http://127.0.0.1/", "ids": []},
    {"url": "http://127.0.0.1/", "ids": ["nobody"]},
    {"url": "http://127.0.0.1/", "ids": [PAYMENT_ID]},
    {"url": "http://10.0.0.1/", "ids": [PAYMENT_ID]},
    {"url": "http://127.0.0.1.example/", "ids": [PAYMENT_ID]},
    {"url": "http://127.0.0.1@10.0.0.1/", "ids": [PAYMENT_ID]},
    {"url": "file:///etc/hosts", "ids": [PAYMENT_ID]},
    {"url": "", "ids": [PAYMENT_ID]},
    {"url": "http://127.0.0.1/", "ids": [PAYMENT_ID], "copies": 10**9},
    {"url": "http://127.0.0.1/", "ids": [PAYMENT_ID], "delay_ms": 10**9},
    {"url": "http://127.0.0.1/", "ids": [PAYMENT_ID], "scheme": "xml"},
    {"url": "http://127.0.0.1/", "ids": [PAYMENT_ID], PAN: 1},
]


def _records() -> Iterator[Row]:
    for path, name in ((_REFUNDS, "refund"), (_SETTLEMENTS, "settlement")):
        for number, amount in enumerate(_AMOUNTS):
            yield _bad(f"{name} amount {number}", path, {"amount": amount}, "amount")
    for path in (_REFUNDS, _SETTLEMENTS, _VOIDS, _CHARGEBACKS):
        for number, text in enumerate(_DESCRIPTIONS):
            yield _bad(
                f"{path[-8:]} description {number}", path, {"amount": "1.00", "description": text}, "description"
            )
        for number, body in enumerate(_NO_OBJECT):
            yield Row(f"{path[-8:]} body {number}", Given("POST", path, body), "400", "body")
    for number, (field, value) in enumerate(_DISPUTES):
        yield _bad(f"chargeback {field} {number}", _CHARGEBACKS, {field: value}, field)
        yield _bad(f"rdr {field} {number}", "/v1/payments/PAID/rdrs", {field: value}, field)
    for kind in ("refunds", "settlements", "voids", "chargebacks", "rdrs"):
        yield _bad(f"{kind} of what is pending", f"/v1/payments/PENDING/{kind}", {"amount": "1.00"}, "status")
        yield Row(f"{kind} of nobody", Given("POST", f"/v1/payments/{PAYMENT_ID}/{kind}", b"{}"), "404")
        yield Row(f"one of {kind}", Given("GET", f"/v1/payments/PAID/{kind}/{PAN}"), "404")
        yield Row(f"PUT {kind}", Given("PUT", f"/v1/payments/PAID/{kind}", b"{}"), "405")
        yield Row(f"DELETE one of {kind}", Given("DELETE", f"/v1/payments/PAID/{kind}/{PAYMENT_ID}"), "405")
        strange = Given("POST", f"/v1/payments/PAID/{kind}", b"{}", authorization="")
        yield Row(f"{kind} without credentials", strange, "401")
    yield _bad("settlement of a purchase", "/v1/payments/PAID/settlements", {"amount": "1.00"}, "status")
    yield _bad("void of a purchase", "/v1/payments/PAID/voids", {}, "status")
    yield _bad("refund of a hold", "/v1/payments/HELD/refunds", {"amount": "1.00"}, "status")
    for method, path in (("GET", "/v1/payments/*"), ("PATCH", "/v1/payments/*"), ("POST", "/v1/payments/*/refunds")):
        yield Row(f"{method} {path} with a star for an id", Given(method, path, b"{}"), "404")
    for limit in ("0", "101", "ten", PAN):
        given = Given("GET", "/v1/payments/chargebacks", query=f"limit={limit}")
        yield Row(f"chargebacks limit {limit[:9]}", given, "400", "limit")


def _links() -> Iterator[Row]:
    for number, (field, value) in enumerate(_LINK_MEMBERS):
        yield _bad(f"link {field} {number}", _LINKS, {**_LINK, field: value}, field)
    for number, body in enumerate(_NO_OBJECT):
        yield Row(f"link body {number}", Given("POST", _LINKS, body), "400", "body")
        yield Row(f"link change {number}", Given("PATCH", f"{_LINKS}/LINK", body), "400", "body")
    for number, (field, value) in enumerate((("expiration_date", "soon"), ("enabled", "yes"), ("enabled", 1))):
        body = json.dumps({field: value}).encode()
        yield Row(f"link change of {field} {number}", Given("PATCH", f"{_LINKS}/LINK", body), "400", field)
    yield Row("link changed in nothing", Given("PATCH", f"{_LINKS}/LINK", b"{}"), "400", "expiration_date")
    for method in ("GET", "PATCH", "DELETE"):
        yield Row(f"{method} no link", Given(method, f"{_LINKS}/{PAYMENT_ID}", b"{}"), "404")
    yield Row("list of links", Given("GET", _LINKS), "405")
    yield Row("links in small letters", Given("POST", "/v1/paymentlinks", b"{}"), "404")


def _orders() -> Iterator[Row]:
    """What the admin can ask for."""
    for number, body in enumerate(_NO_OBJECT):
        for route in ("disputes", "disputes/nobody", "notifications"):
            yield Row(f"{route} {number}", Given("POST", f"/_sandbox/{route}", body, authorization=""), "400")
    for number, order in enumerate(_NOTICES):
        body = json.dumps(order).encode()
        yield Row(f"notice {number}", Given("POST", "/_sandbox/notifications", body, authorization=""), "400")
    for number, body in enumerate(_CLOCKS):
        yield Row(f"clock {number}", Given("POST", "/_sandbox/clock", body, authorization=""), "400")
    for client in ("10.0.0.1", ""):
        yield Row(f"clock from {client!r}", Given("GET", "/_sandbox/clock", authorization="", client=client), "403")
        given = Given("POST", "/_sandbox/notifications", b"{}", authorization="", client=client)
        yield Row(f"notice from {client!r}", given, "403")


def _pages() -> Iterator[Row]:
    """Forms of shops, shoppers and banks."""
    forms = [b"", b"\xff", b"amount=1&amount=2", b"=&" * 100, b"a=" + b"x" * 70_000, urlencode({"pan": PAN}).encode()]
    for number, form in enumerate(forms):
        yield Row(f"shop {number}", Given("POST", "/checkout", form, headers=_FORM, authorization=""), "400")
        yield Row(f"bank {number}", Given("POST", "/acs/PENDING", form, headers=_FORM, authorization=""), "400")
        yield Row(f"card {number}", Given("POST", "/checkout/VISIT", form, headers=_FORM, authorization=""), "400")
    yield Row("shop sends JSON", Given("POST", "/checkout", b"{}", authorization=""), "400")
    yield Row("shop without a form", Given("GET", "/checkout", authorization=""), "405")
    for path in (f"/checkout/{PAN}", f"/checkout/link/{PAN}", f"/acs/{PAN}", "/checkout/", "/acs/", "/checkout/a/b/c"):
        yield Row(f"no page at {path[:14]} {len(path)}", Given("GET", path, authorization=""), "404")


def _bad(name: str, path: str, body: dict[str, Any], field: str) -> Row:
    given = {member: value for member, value in body.items() if value is not None}
    return Row(name, Given("POST", path, json.dumps(given).encode()), "400", field)


ROWS = [*_records(), *_links(), *_orders(), *_pages()]
