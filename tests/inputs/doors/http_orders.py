"""What is no charge over HTTP: refunds, settlements, voids, links, what changes a link, what a bank answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from producers.contract.names import REFUND, SETTLEMENT, VOID
from tests.inputs.cards import SPACED
from tests.inputs.doors.http_api import BODIES, CREDENTIALS, TYPES, Given, knock
from tests.inputs.follow_up_fields import EVERY, Bad
from tests.inputs.rows import Row
from tests.inputs.world import DISABLED, EXHAUSTED
from tests.unit.contract.builders import PAN, PAYMENT_ID

__all__ = ["CONVEYED", "ROWS", "conveyed", "knock"]

_PATHS: Final[Mapping[str, str]] = {REFUND: "/v1/refunds", SETTLEMENT: "/v1/settlements", VOID: "/v1/voids"}
_LINK: Final[Mapping[str, Any]] = {
    "order_id": "LINK-1",
    "amount": "10.00",
    "currency": "EUR",
    "description": "Invoice 77",
}
_LINKS: list[tuple[dict[str, Any], str, str]] = [
    ({"order_id": PAN}, "card_number_in_text", "order_id"),
    ({"order_id": None}, "order_id_length", "order_id"),
    ({"amount": 10}, "amount_type", "amount"),
    ({"amount": "0.49"}, "amount_minimum", "amount"),
    ({"currency": "eur"}, "currency_unknown", "currency"),
    ({"description": None}, "description_length", "description"),
    ({"description": f"for {SPACED}"}, "card_number_in_text", "description"),
    ({"description": "a\u202eb"}, "description_charset", "description"),
    ({"country": "UK"}, "country_unknown", "country"),
    ({"expires_at": "tomorrow"}, "link_end_format", "expires_at"),
    ({"expires_at": 4102444800}, "link_end_format", "expires_at"),
    ({"expires_at": "2026-02-30T12:00:00Z"}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-01-01T00:00:00Z"}, "link_end_range", "expires_at"),
    ({"multiple_use": True}, "multiple_use_refused", "multiple_use"),
    ({"multiple_use": 1}, "multiple_use_type", "multiple_use"),
    ({"account": "a:b"}, "account_format", "account"),
    ({"pan": PAN}, "field_unknown", "pan"),
    ({PAN: 1}, "field_unknown", "?"),
]
_CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "update_empty", ""),
    ({"enabled": None}, "update_empty", ""),
    ({"enabled": "yes"}, "flag_type", "enabled"),
    ({"enabled": 1}, "flag_type", "enabled"),
    ({"enabled": PAN}, "flag_type", "enabled"),
    ({"expires_at": PAN}, "link_end_format", "expires_at"),
    ({"expires_at": "2026-02-01T12:00:00"}, "link_end_format", "expires_at"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "link_end_range", "expires_at"),
    ({"amount": "1.00"}, "field_unknown", "amount"),
    ({"enabled": False, PAN: 1}, "field_unknown", "?"),
]
_RESULTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "result_ambiguous", "cres"),
    ({"cres": "", "pares": ""}, "result_ambiguous", "cres"),
    ({"cres": "a", "pares": "b"}, "result_ambiguous", "cres"),
    ({"cres": 7}, "result_type", "cres"),
    ({"pares": ["a"]}, "result_type", "pares"),
    ({"cres": " "}, "result_length", "cres"),
    ({"cres": "{}"}, "result_charset", "cres"),
    ({"pares": "\u00e4"}, "result_charset", "pares"),
    ({"cres": f"{PAN}!"}, "result_charset", "cres"),
    ({"PaRes": "eyJ9"}, "field_unknown", "PaRes"),
    ({"creq": "eyJ9"}, "field_unknown", "creq"),
]
#: Every other address that takes JSON, and its method.
CONVEYED: Final[tuple[tuple[str, str], ...]] = (
    ("POST", "/v1/refunds"),
    ("POST", "/v1/settlements"),
    ("POST", "/v1/voids"),
    ("POST", "/v1/links"),
    ("PATCH", "/v1/links/KNOWN-1"),
    ("POST", "/v1/charges/KNOWN-1/finalize"),
    ("POST", "/v1/hosted-pages"),
)


def _rows() -> Iterator[Row]:
    for number, bad in enumerate(bad for bad in EVERY if _is_json(bad)):
        given = Given(json.dumps(bad.fields).encode(), path=_PATHS[bad.kind])
        yield Row(f"{bad.kind} {bad.code} {number}", given, bad.code, bad.field, '"status":422', bad.also)
    yield from _of("link", "POST", "/v1/links", _LINK, _LINKS)
    yield from _of("change", "PATCH", "/v1/links/KNOWN-1", {}, _CHANGES)
    yield from _of("result", "POST", "/v1/charges/KNOWN-1/finalize", {}, _RESULTS)
    yield from _of_nobody()
    for method, path in CONVEYED:
        yield from conveyed(method, path)


def _is_json(bad: Bad) -> bool:
    try:
        return bool(json.dumps(bad.fields))
    except TypeError:
        return False


def _of(
    name: str, method: str, path: str, good: Mapping[str, Any], wrong: list[tuple[dict[str, Any], str, str]]
) -> Iterator[Row]:
    for number, (changes, code, field) in enumerate(wrong):
        body = json.dumps({**good, **changes}).encode()
        yield Row(f"{name} {code} {number}", Given(body, method, path), code, field, '"status":422')


def _of_nobody() -> Iterator[Row]:
    """What is right, for an order that is not there or is another."""
    refund = {"order_id": "KNOWN-1", "payment_id": PAYMENT_ID, "amount": "25.50", "currency": "EUR"}
    differing = ("kind", "country", "description", "payment_id")
    also = tuple(("order_conflict", name) for name in differing)
    given = Given(json.dumps(refund).encode(), path="/v1/refunds")
    yield Row("a refund that is a charge", given, "order_conflict", "payment_instrument", '"status":409', also)
    off, cres = b'{"enabled":false}', b'{"cres":"eyJ9"}'
    finalize, challenge = "/v1/charges/{}/finalize", "/v1/charges/{}/challenge"
    for number, name in enumerate(("NOPE", PAN, "a b", "\u00e4", "%2e%2e", "x" * 60_000)):
        for method, path, body in (
            ("PATCH", "/v1/links/{}", off), ("DELETE", "/v1/links/{}", b""), ("POST", finalize, cres),
            ("GET", challenge, b""), ("GET", "/v1/refunds/{}", b""), ("GET", "/v1/charges/{}/verification", b""),
        ):  # fmt: skip
            given = Given(body, method, path.format(name))
            yield Row(f"{method} {path[4:]} of nobody {number}", given, "order_unknown", says='"status":404')
    known = "/v1/links/KNOWN-1"
    yield Row("a charge has no link", Given(b"", "DELETE", known), "order_without_link", "order_id", '"status":422')
    yield Row("no link is open", Given(off, "PATCH", known), "link_not_open", says='"status":409')
    for method, path, body in (("POST", finalize, cres), ("GET", challenge, b"")):
        given = Given(body, method, path.format("KNOWN-1"))
        yield Row(f"{method}: nobody is asked", given, "finalize_no_step", says='"status":409')


def conveyed(method: str, path: str) -> Iterator[Row]:
    """All that is wrong with how a request comes, whatever it asks for."""
    name = f"{method} {path}"
    for number, (body, code) in enumerate(BODIES):
        yield Row(f"{name}: body {number}", Given(body, method, path), code, says='"status":4')
    slow = Given(b"x" * 17_000, method, path, piece=1000)
    yield Row(f"{name}: no length, and too long", slow, "body_size", says='"status":413')
    for length in ("16385", "9" * 20):
        given = Given(b"{}", method, path, headers={"content-length": length})
        yield Row(f"{name}: said to be {length[:5]} bytes", given, "body_size", says='"status":413')
    for media_type in TYPES:
        given = Given(b"{}", method, path, headers={"content-type": media_type})
        yield Row(f"{name}: type {media_type!r}", given, "media_type", says='"status":415')
    for number, (authorization, code) in enumerate(CREDENTIALS):
        given = Given(b"{}", method, path, authorization=authorization)
        yield Row(f"{name}: credentials {number}", given, code, says='"status":401')
    yield Row(f"{name}: disabled", Given(b"{}", method, path, DISABLED), "api_key_disabled", says='"status":403')
    yield Row(f"{name}: too often", Given(b"{}", method, path, EXHAUSTED), "too_many_requests", says='"status":429')
    yield Row(f"{name}: PUT", Given(b"{}", "PUT", path), "method_unknown", says='"status":405')


ROWS = [*_rows()]
