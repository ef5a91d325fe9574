"""What the gateway answers to reads: one payment, a page of them, or something that is neither."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cardinity_client.errors import GatewayReadError
from cardinity_client.models.payments import Page
from cardinity_client.reading import read_answer
from cardinity_client.wire import PageReader, parse_payment
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.client.builders import JSON, encoded, error_row, payment_row
from tests.unit.contract.builders import PAN


class Given(NamedTuple):
    """One answer, and what was asked for."""

    status: int
    body: bytes
    parse: Callable[[bytes], object] = parse_payment
    headers: Mapping[str, str] = JSON


_GOOD = encoded(payment_row())
_STATUSES = {
    **dict.fromkeys((408, 429), "http_4xx"),
    **dict.fromkeys((500, 502, 503, 504, 599), "http_5xx"),
    **dict.fromkeys((401, 403), "account_problem"),
    **dict.fromkeys((100, 101), "http_1xx"),
    **dict.fromkeys((201, 202, 204), "http_2xx"),
    **dict.fromkeys((301, 302, 307), "http_3xx"),
    **dict.fromkeys((400, 402, 405, 409, 418), "http_4xx"),
    **dict.fromkeys((-1, 0, 99, 600, 10_000), "http_other"),
}
_TIMES = [
    "2026-01-15T10:00:00",
    "2026-01-15T10:00:00.1234Z",
    "2026-01-15T10:00:00.Z",
    "2026-01-15 10:00:00Z",
    "2026-01-15T10:00:00+02:00",
    "2026-02-30T10:00:00Z",
    "2026-01-15T10:00:60Z",
    "2026-01-15T24:00:00Z",
    "0000-01-15T10:00:00Z",
    "20260115T100000Z",
    "\u0662\u0660\u0662\u0666-01-15T10:00:00Z",
    "2026-01-15T10:00:00Z\n",
    "",
]
#: The member that is wrong, and what stands there; `...` takes it out.
_MEMBERS: list[tuple[str, Any]] = [
    ("id", ...),
    ("id", 7),
    ("id", "../x"),
    ("id", "a b"),
    ("id", "a" * 600),
    ("id", "\ud800"),
    ("order_id", []),
    ("status", ...),
    ("status", None),
    ("type", ""),
    ("type", 1),
    ("live", "no"),
    ("live", None),
    ("error", 1.5),
    ("error", [PAN]),
    ("error", "\udfff"),
    ("merchant_advice_code", 3),
    ("payment_instrument", PAN),
    ("payment_instrument", [PAN]),
    ("threeds2_data", "x"),
    ("authorization_information", []),
    *(("created", text) for text in _TIMES),
]
_STEPS: list[tuple[dict[str, Any], str]] = [
    ({"threeds2_data": {}}, "acs_url"),
    ({"threeds2_data": {"acs_url": "https://acs.example"}}, "creq"),
    ({"threeds2_data": {"acs_url": 1, "creq": "x"}}, "acs_url"),
    ({"threeds2_data": {"acs_url": "\ud800", "creq": "x"}}, "acs_url"),
    ({"authorization_information": {"url": "https://acs.example"}}, "data"),
]
_AMOUNTS: list[dict[str, Any]] = [
    {"amount": 10.0},
    {"amount": "10"},
    {"amount": "1e400"},
    {"amount": ...},
    {"amount": PAN},
    {"amount": "9" * 5000},
    {"currency": "eur"},
    {"currency": ["EUR"]},
]
_NO_PAGES = {
    "nothing": b"",
    "object": b"{}",
    "null": b"null",
    "cut": b'[{"id":"a"}',
    "nan": b"[NaN]",
    "deep": b"[" * 60_000,
    "no utf-8": b"\xff[]",
    "comma": b"[1,]",
    "utf-16": "[]".encode("utf-16"),
    "two lists": b"[][]",
}
#: Rows of a page that cannot be read: each is counted, and none costs another.
_NO_ROWS: dict[str, bytes] = {
    "null": b"null",
    "text": b'"?"',
    "number": b"1e400",
    "nested": b"[" * 500 + b"]" * 500,
    "id number": b'{"id": 7}',
    "id path": b'{"id": "../x"}',
    "no utf-8": b'{"id": "\xff"}',
    "a member twice": _GOOD[:-1] + b',"id":"b"}',
    "a new status": encoded(payment_row(status="settled")),
    "an amount that is none": encoded(payment_row(amount=1.5)),
    "a card": encoded(payment_row(id=PAN, created=None)).replace(PAN.encode(), b"." + PAN.encode()),
}


#: What the messages about members begin with.
_ABOUT = re.compile(r"(?:the \w+'s|its|the) (\w+) is (?:missing|not money|none of)")


def _rows() -> Iterator[Row]:
    for status, code in _STATUSES.items():
        yield Row(f"{status}", Given(status, _GOOD), code)
    yield Row("404: gateway", Given(404, encoded(error_row(404))), "payment_not_found")
    yield Row("404: proxy", Given(404, b"<html>"), "json_invalid")
    yield Row("404: payment", Given(404, _GOOD), "not_gateway_error")
    yield Row("html", Given(200, b"<html>", headers={"content-type": "text/html"}), "content_type")
    yield Row("no type", Given(200, _GOOD, headers={}), "content_type")
    yield Row("gzip", Given(200, b"", headers=JSON | {"content-encoding": "gzip"}), "content_encoding")
    yield Row("cut", Given(200, b"{"), "json_invalid")
    yield Row("list for one", Given(200, b"[]"), "not_an_object")
    yield Row("a member twice", Given(200, _NO_ROWS["a member twice"]), "duplicate_keys")
    yield Row("a new status", Given(200, _NO_ROWS["a new status"]), "status_unseen", "status")
    for number, (member, value) in enumerate(_MEMBERS):
        body = encoded(payment_row(**{member: value}))
        yield Row(f"{member} {number}", Given(200, body), "payment_invalid", member)
    for number, (step, member) in enumerate(_STEPS):
        body = encoded(payment_row(**step))
        yield Row(f"step {number}", Given(200, body), "payment_invalid", member)
    for number, changes in enumerate(_AMOUNTS):
        yield Row(f"amount {number}", Given(200, encoded(payment_row(**changes))), "amount_invalid", "amount")
    for name, body in _NO_PAGES.items():
        yield Row(f"page: {name}", Given(200, body, PageReader()), "json_invalid")
    for name, raw in _NO_ROWS.items():
        body = b",".join((encoded(payment_row(id="a")), raw, encoded(payment_row(id="c"))))
        yield Row(f"page row: {name}", Given(200, b"[" + body + b"]", PageReader()), "unparsed:1 of 3")


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Read it."""
    try:
        answer = read_answer(given.status, given.headers, given.body, given.parse)
    except GatewayReadError as error:
        return told(error.code, member_of(error), f"{error} {error!r}")
    if isinstance(answer, Page):
        return told(f"unparsed:{answer.unparsed} of {answer.count}", text=repr(answer))
    return told("", text=repr(answer))


def member_of(error: GatewayReadError) -> str:
    """The member that the message is about: "the payment's <member> is ..."."""
    found = _ABOUT.match(error.message)
    return found[1] if found else ""
