"""Subscriptions over HTTP: the wrong fields of every call, queries, and names that nobody has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.inputs.cards import SPACED
from tests.inputs.doors.http_api import CREDENTIALS, Given, knock
from tests.inputs.doors.http_orders import conveyed
from tests.inputs.doors.subscriptions import CHANGES, CONSENTS, DUNNING, FIELDS, GOOD
from tests.inputs.rows import Row
from tests.inputs.world import CANCELLED_SUBSCRIPTION, KNOWN_PLAN, KNOWN_SUBSCRIPTION
from tests.unit.contract.builders import PAN, PAYMENT_ID

__all__ = ["ROWS", "knock"]

_ALL, _PLANS, _NOTICES = "/v1/subscriptions", "/v1/subscription-plans", "/v1/subscription-notices"
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
    for method, path in _CONVEYED:
        yield from conveyed(method, path)
    for method, path in (("GET", _ALL), ("GET", _KNOWN), ("POST", f"{_KNOWN}/pause"), ("DELETE", f"{_NOTICES}/a:b")):
        for number, (authorization, code) in enumerate(CREDENTIALS):
            given = Given(b"", method, path, authorization=authorization)
            yield Row(f"{method} {path}: credentials {number}", given, code, says='"status":401')


def _of_nobody() -> Iterator[Row]:
    """What is right, for a subscription or a plan that is not there, or is over."""
    for number, name in enumerate(_NOBODIES):
        given = Given(b"", "GET", f"{_ALL}/{name}")
        yield Row(f"nobody's {number}", given, "subscription_unknown", says='"status":404')
        for deed, body in _DEEDS.items():
            given = Given(body, path=f"{_ALL}/{name}/{deed}")
            yield Row(f"{deed} nobody's {number}", given, "subscription_unknown", says='"status":404')
        given = Given(b"{}", "PUT", f"{_PLANS}/{name}/dunning")
        yield Row(f"nobody's plan {number}", given, "plan_unknown", says='"status":404')
    for deed in sorted(_DEEDS.keys() - {"cancel"}):
        given = Given(_DEEDS[deed], path=f"{_ALL}/{CANCELLED_SUBSCRIPTION}/{deed}")
        yield Row(f"{deed} a cancelled one", given, "subscription_cancelled", says='"status":409')
    yield Row("no deed", Given(b"{}", path=f"{_KNOWN}/charge"), "route_unknown", says='"status":404')


def _sent(name: str, path: str, fields: Mapping[str, Any], code: str, field: str, method: str = "POST") -> Row:
    return Row(name, Given(json.dumps(fields).encode(), method, path), code, field, '"status":4')


def _is_json(fields: Mapping[str, Any]) -> bool:
    try:
        return bool(json.dumps(fields))
    except TypeError:
        return False


ROWS = [*_rows()]
