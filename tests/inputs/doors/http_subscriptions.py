"""Subscriptions over HTTP: the wrong fields of every call, queries, and names that nobody has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from producers.http.subscription_imports import FILE_MAX
from tests.inputs.cards import SPACED
from tests.inputs.doors.http_api import CREDENTIALS, TYPES, Given, knock
from tests.inputs.doors.http_orders import conveyed
from tests.inputs.doors.subscriptions import CHANGES, CONSENTS, DUNNING, FIELDS, FILES, GOOD
from tests.inputs.rows import Row
from tests.inputs.world import CANCELLED_SUBSCRIPTION, KNOWN_PLAN, KNOWN_SUBSCRIPTION
from tests.unit.contract.builders import PAN, PAYMENT_ID

__all__ = ["ROWS", "knock"]

_ALL, _PLANS, _NOTICES = "/v1/subscriptions", "/v1/subscription-plans", "/v1/subscription-notices"
_IMPORTS: Final = "/v1/subscription-imports"
_KNOWN: Final = f"{_ALL}/{KNOWN_SUBSCRIPTION}"
_PLAN: Final[Mapping[str, Any]] = {"plan_id": "new", "amount": "1.00", "currency": "EUR", "unit": "month"}
_NOBODIES: Final = ("nobody", PAN, SPACED, "a b", "\x00", "\u00e4", "%2e%2e", "x" * 60_000)
#: Deeds and the body of each.
_DEEDS: Final[Mapping[str, bytes]] = {
    "change": b'{"amount":"5.00","consent":"a"}',
    "consent": b'{"consent":"form 7"}',
    "convert": b"",
    "pause": b"",
    "resume": b"",
    "cancel": b"{}",
    "card": json.dumps({"payment_id": PAYMENT_ID}).encode(),
}
_BODIES: list[tuple[str, dict[str, Any], str, str]] = [
    ("cancel", {"at_period_end": "yes"}, "flag_type", "at_period_end"),
    ("cancel", {"at_period_end": 1}, "flag_type", "at_period_end"),
    ("cancel", {"at_end": True}, "field_unknown", "at_end"),
    ("cancel", {PAN: True}, "field_unknown", "?"),
    ("card", {}, "payment_id_format", "payment_id"),
    ("card", {"payment_id": PAN}, "payment_id_format", "payment_id"),
    ("card", {"payment_id": 7}, "payment_id_format", "payment_id"),
    ("card", {"payment_id": PAYMENT_ID, "pan": PAN}, "field_unknown", "pan"),
]
_NEW_PLANS: list[tuple[dict[str, Any], str, str]] = [
    ({"plan_id": None}, "plan_id_format", "plan_id"),
    ({"plan_id": "a b"}, "plan_id_format", "plan_id"),
    ({"plan_id": PAN}, "card_number_in_text", "plan_id"),
    ({"amount": 1}, "amount_type", "amount"),
    ({"unit": "months"}, "unit_unknown", "unit"),
    ({"every": 0}, "every_range", "every"),
    ({"trial_d": 366}, "trial_range", "trial_d"),
    ({"dunning": {}}, "field_unknown", "dunning"),
]
_QUERIES: list[tuple[str, bytes, str, str]] = [
    (_ALL, b"limit=0", "number_range", "limit"),
    (_ALL, b"limit=101", "number_range", "limit"),
    (_ALL, b"limit=1&limit=2", "field_duplicate", "limit"),
    (_ALL, b"after=", "subscription_id_format", "after"),
    (_ALL, b"after=%00", "subscription_id_format", "after"),
    (_ALL, b"customer=two+words", "customer_format", "customer"),
    (_ALL, b"customer=" + PAN.encode(), "card_number_in_text", "customer"),
    (_ALL, b"state=gone", "subscription_state_unknown", "state"),
    (_ALL, b"state=", "subscription_state_unknown", "state"),
    (_ALL, b"order=id", "field_unknown", "order"),
    (f"{_KNOWN}/periods", b"limit=0", "number_range", "limit"),
    (f"{_KNOWN}/periods", b"before=0", "number_range", "before"),
    (f"{_KNOWN}/periods", b"before=-1", "number_range", "before"),
    (f"{_KNOWN}/periods", b"before=1234567890", "number_range", "before"),
    (f"{_KNOWN}/periods", b"before=%D9%A1", "number_range", "before"),
    (f"{_KNOWN}/periods", b"before=", "number_range", "before"),
    (f"{_KNOWN}/periods", b"after=1", "field_unknown", "after"),
    (_NOTICES, b"limit=-1", "number_range", "limit"),
    (_NOTICES, b"after=a", "field_unknown", "after"),
]
_THERE: Final[Mapping[str, Any]] = {
    "subscription_id": KNOWN_SUBSCRIPTION,
    "plan_id": KNOWN_PLAN,
    "country": "LT",
    "zone": "UTC",
    "start": "2099-02-01",
}
#: Every address that takes JSON, and its method.
_CONVEYED: Final = (
    ("POST", _ALL),
    ("POST", f"{_KNOWN}/change"),
    ("POST", f"{_KNOWN}/consent"),
    ("POST", f"{_KNOWN}/cancel"),
    ("POST", f"{_KNOWN}/card"),
    ("POST", _PLANS),
)
#: Addresses without a body, a choice of them.
_PLAIN: Final = (
    ("GET", _ALL),
    ("GET", _KNOWN),
    ("GET", f"{_KNOWN}/periods"),
    ("POST", f"{_KNOWN}/pause"),
    ("DELETE", f"{_NOTICES}/a:b"),
)


def _rows() -> Iterator[Row]:
    for number, (change, code, field) in enumerate(FIELDS):
        fields = {name: value for name, value in {**GOOD, "start": "2099-02-01", **change}.items() if value is not None}
        if _is_json(fields) and code != "subscription_conflict":
            yield _sent(f"create {number}", _ALL, fields, code, field)
    for number, (change, code, field) in enumerate(CHANGES):
        yield _sent(f"change {number}", f"{_KNOWN}/change", change, code, field)
    for number, (change, code, field) in enumerate(CONSENTS):
        yield _sent(f"consent {number}", f"{_KNOWN}/consent", change, code, field)
    for number, (change, code, field) in enumerate(DUNNING):
        if _is_json(change):
            yield _sent(f"dunning {number}", f"{_PLANS}/{KNOWN_PLAN}/dunning", change, code, field, "PUT")
    for number, (deed, fields, code, field) in enumerate(_BODIES):
        yield _sent(f"{deed} {number}", f"{_KNOWN}/{deed}", fields, code, field)
    for number, (change, code, field) in enumerate(_NEW_PLANS):
        yield _sent(f"plan {number}", _PLANS, {**_PLAN, **change}, code, field)
    yield _sent("another subscription", _ALL, {**_THERE, "country": "LV"}, "subscription_conflict", "country")
    yield _sent("another plan", _PLANS, {**_PLAN, "plan_id": KNOWN_PLAN}, "plan_conflict", "amount")
    for number, (path, query, code, field) in enumerate(_QUERIES):
        given = Given(b"", "GET", path, query=query)
        yield Row(f"query {number}", given, code, field, '"status":422')
    yield from _of_nobody()
    yield from _files()
    for method, path in _CONVEYED:
        yield from conveyed(method, path)
    for method, path in _PLAIN:
        for number, (authorization, code) in enumerate(CREDENTIALS):
            given = Given(b"", method, path, authorization=authorization)
            yield Row(f"{method} {path}: credentials {number}", given, code, says='"status":401')


def _of_nobody() -> Iterator[Row]:
    """What is right, for a subscription or a plan that is not there, or is over."""
    for number, name in enumerate(_NOBODIES):
        given = Given(b"", "GET", f"{_ALL}/{name}")
        yield Row(f"nobody's {number}", given, "subscription_unknown", says='"status":404')
        given = Given(b"", "GET", f"{_ALL}/{name}/periods")
        yield Row(f"periods of nobody's {number}", given, "subscription_unknown", says='"status":404')
        for deed, body in _DEEDS.items():
            given = Given(body, path=f"{_ALL}/{name}/{deed}")
            yield Row(f"{deed} nobody's {number}", given, "subscription_unknown", says='"status":404')
        given = Given(b"{}", "PUT", f"{_PLANS}/{name}/dunning")
        yield Row(f"nobody's plan {number}", given, "plan_unknown", says='"status":404')
    for deed in sorted(_DEEDS.keys() - {"cancel"}):
        given = Given(_DEEDS[deed], path=f"{_ALL}/{CANCELLED_SUBSCRIPTION}/{deed}")
        yield Row(f"{deed} a cancelled one", given, "subscription_cancelled", says='"status":409')
    yield Row("no deed", Given(b"{}", path=f"{_KNOWN}/charge"), "route_unknown", says='"status":404')


def _files() -> Iterator[Row]:
    """Files of subscriptions, how they are sent, and who sends them."""
    for number, (text, code, field) in enumerate(FILES):
        yield Row(f"import {number}", _file(text.replace("2026-", "2099-").encode()), code, field, '"status":4')
    known = f"subscription_id,amount,currency,unit,country,zone\n{KNOWN_SUBSCRIPTION},8.00,EUR,month,LT,UTC"
    also = (("subscription_conflict", "plan_id"),)
    yield Row("import another", _file(known.encode()), "subscription_conflict", "amount", '"status":409', also)
    for number, body in enumerate((b"\xff\xfe\n", b'subscription_id,country,zone\n"\xe4', b'"')):
        yield Row(f"import no text {number}", _file(body), "csv_invalid", says='"status":400')
    for number, query in enumerate((b"check=yes", b"check=", b"check=1", b"check=TRUE")):
        yield Row(f"import so {number}", _file(b"", query=query), "flag_type", "check", '"status":422')
    yield Row("import how", _file(b"", query=b"checks=true"), "field_unknown", "checks", '"status":422')
    yield Row("import twice so", _file(b"", query=b"check=true&check=true"), "field_duplicate", "check")
    for given in (_file(b"x" * (FILE_MAX + 1)), _file(b"x" * (FILE_MAX + 1), piece=100_000)):
        yield Row(f"import by {given.piece}", given, "body_size", says='"status":413')
    for media_type in (*TYPES, "application/json", "text/csvx"):
        given = _file(b"", headers={"content-type": media_type})
        yield Row(f"import as {media_type!r}", given, "media_type", says='"status":415')
    for number, (authorization, code) in enumerate(CREDENTIALS):
        given = _file(b"", authorization=authorization)
        yield Row(f"import: credentials {number}", given, code, says='"status":401')
    yield Row("import by GET", _file(b"", method="GET"), "method_unknown", says='"status":405')


def _file(body: bytes, **more: Any) -> Given:
    return Given(body, path=_IMPORTS)._replace(headers={"content-type": "text/csv"})._replace(**more)


def _sent(name: str, path: str, fields: Mapping[str, Any], code: str, field: str, method: str = "POST") -> Row:
    return Row(name, Given(json.dumps(fields).encode(), method, path), code, field, '"status":4')


def _is_json(fields: Mapping[str, Any]) -> bool:
    try:
        return bool(json.dumps(fields))
    except TypeError:
        return False


ROWS = [*_rows()]
