"""The gateway's answers to a charge: every body, header and status becomes a class, and none an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cardinity_client import AccountProblem, RateLimited, Rejected, Unknown, Unsent
from cardinity_client.answers import AnyAnswer
from cardinity_client.classify import classify_response
from cardinity_client.operations import CREATE_PAYMENT
from tests.inputs.cards import SPACED
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.client.builders import JSON, charge, encoded, error_row, payment_row
from tests.unit.contract.builders import PAN


class Given(NamedTuple):
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_GOOD = encoded(payment_row())
#: Bodies that are no payment object, and why.
_UNBELIEVABLE = {
    "empty": (b"", "json_invalid"),
    "cut": (_GOOD[:-1], "json_invalid"),
    "byte_order_mark": (b"\xef\xbb\xbf" + _GOOD, "json_invalid"),
    "utf_16": (_GOOD.decode().encode("utf-16"), "json_invalid"),
    "not_utf_8": (_GOOD.replace(b"Visa", b"V\xff"), "json_invalid"),
    "nul": (_GOOD.replace(b"Visa", b"V\x00"), "json_invalid"),
    "nan": (_GOOD.replace(b"2031", b"NaN"), "json_invalid"),
    "infinity": (_GOOD.replace(b"2031", b"-Infinity"), "json_invalid"),
    "huge_number": (_GOOD.replace(b"2031", b"9" * 5000), "json_invalid"),
    "deep_lists": (b"[" * 60_000, "json_invalid"),
    "deep_objects": (b'{"a":' * 12_000, "json_invalid"),
    "list": (b"[]", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "doubled_member": (_GOOD[:-1] + b',"status":"approved"}', "duplicate_keys"),
    "doubled_inside": (_GOOD.replace(b'"pan": "1111"', b'"pan": "1111", "pan": "1111"'), "duplicate_keys"),
    "new_status": (encoded(payment_row(status="settled")), "status_unseen"),
    "no_status": (encoded(payment_row(status=...)), "payment_invalid"),
    "no_id": (encoded(payment_row(id=...)), "payment_invalid"),
    "path_as_id": (encoded(payment_row(id="../../admin")), "payment_invalid"),
    "bad_time": (encoded(payment_row(created="yesterday")), "payment_invalid"),
    "text_for_boolean": (encoded(payment_row(live="false")), "payment_invalid"),
    "lone_surrogate": (encoded(payment_row(error="\ud800")), "payment_invalid"),
    "error_object": (encoded(error_row(402)), "payment_invalid"),
    "html": (b"<html>welcome to the captive portal</html>", "json_invalid"),
    "binary": (bytes(range(256)), "json_invalid"),
    "gzip": (b"\x1f\x8b\x08\x00", "json_invalid"),
    "text": (b'"approved"', "not_an_object"),
    "number": (b"1e400", "not_an_object"),
    "something_behind": (_GOOD + b"}", "json_invalid"),
    "two_payments": (_GOOD + _GOOD, "json_invalid"),
    "id_number": (encoded(payment_row(id=7)), "payment_invalid"),
    "id_empty": (encoded(payment_row(id="")), "payment_invalid"),
    "id_endless": (encoded(payment_row(id="a" * 65)), "payment_invalid"),
    "order_number": (encoded(payment_row(order_id=7)), "payment_invalid"),
    "created_number": (encoded(payment_row(created=1_768_471_200)), "payment_invalid"),
    "created_elsewhere": (encoded(payment_row(created="2026-01-15T10:00:00+02:00")), "payment_invalid"),
    "created_never": (encoded(payment_row(created="2026-02-30T10:00:00Z")), "payment_invalid"),
    "status_list": (encoded(payment_row(status=["approved"])), "payment_invalid"),
    "status_in_capitals": (encoded(payment_row(status="APPROVED")), "status_unseen"),
    "type_missing": (encoded(payment_row(type=...)), "payment_invalid"),
    "live_number": (encoded(payment_row(live=1)), "payment_invalid"),
    "instrument_text": (encoded(payment_row(payment_instrument="1111")), "payment_invalid"),
    "half_a_step": (encoded(payment_row(threeds2_data={"acs_url": "https://a.example"})), "payment_invalid"),
    "step_text": (encoded(payment_row(authorization_information=PAN)), "payment_invalid"),
    "error_object_of_words": (encoded(payment_row(error={"pan": PAN})), "payment_invalid"),
}
#: Members that contradict the request, and what is said of that. All of them call a human.
_MISMATCHES: list[tuple[dict[str, Any], str]] = [
    ({"order_id": "ORD-2"}, "mismatch_order_id"),
    ({"order_id": ...}, "mismatch_order_id"),
    ({"order_id": None}, "mismatch_order_id"),
    ({"order_id": "ord-1"}, "mismatch_order_id"),
    ({"order_id": "ORD-1 "}, "mismatch_order_id"),
    ({"order_id": PAN}, "mismatch_order_id"),
    ({"amount": "10.01"}, "mismatch_amount"),
    ({"amount": "1000.00"}, "mismatch_amount"),
    ({"currency": "USD"}, "mismatch_currency"),
    ({"amount": "10", "currency": "JPY"}, "mismatch_currency"),
    ({"amount": 10.0}, "amount_invalid"),
    ({"amount": 10}, "amount_invalid"),
    ({"amount": "10"}, "amount_invalid"),
    ({"amount": "-10.00"}, "amount_invalid"),
    ({"amount": "1e1"}, "amount_invalid"),
    ({"amount": PAN}, "amount_invalid"),
    ({"amount": ...}, "amount_invalid"),
    ({"currency": "EURO"}, "amount_invalid"),
    ({"currency": None}, "amount_invalid"),
]
_HEADERS: dict[str, tuple[dict[str, str], str]] = {
    "none": ({}, "content_type"),
    "html": ({"content-type": "text/html"}, "content_type"),
    "empty": ({"content-type": ""}, "content_type"),
    "jsonp": ({"content-type": "application/jsonp"}, "content_type"),
    "two types": ({"content-type": "application/json, text/html"}, "content_type"),
    "a card": ({"content-type": PAN}, "content_type"),
    "endless": ({"content-type": "x" * 100_000}, "content_type"),
    "gzip": (JSON | {"content-encoding": "gzip"}, "content_encoding"),
    "identity and br": (JSON | {"content-encoding": "identity, br"}, "content_encoding"),
    "no encoding": (JSON | {"content-encoding": ""}, "content_encoding"),
}
#: The state a payment would have under the status.
_STATES = {201: "approved", 202: "pending", 402: "declined"}
#: Bodies of refusals that are not the gateway's error object.
_NO_ERRORS: dict[str, tuple[Any, str]] = {
    "empty": ({}, "not_gateway_error"),
    "list": ([], "not_an_object"),
    "null": (None, "not_an_object"),
    "text": ("no", "not_an_object"),
    "proxy": ({"message": "bad gateway"}, "not_gateway_error"),
    "other status": (error_row(500), "not_gateway_error"),
    "status as text": (error_row(0, status="400"), "not_gateway_error"),
    "status true": (error_row(0, status=True), "not_gateway_error"),
    "payment": (payment_row(), "not_gateway_error"),
}
#: As much as the client reads of an answer.
_FLOOD = [{"field": PAN * 30, "message": f"bad {SPACED} " * 20, "rejected": PAN}] * 60
#: Statuses that say nothing of a charge, whatever comes with them.
_ODD = [100, 101, 200, 203, 204, 206, 301, 302, 303, 304, 307, 308, 408, 409, 410, 418, 422, 451, 500, 501, 502, 503,
        504, 520, 599]  # fmt: skip
_RETRIES = ["", "0", "-1", "soon", "1.5", "1e9", "\u0662", "9" * 400, "Thu, 15 Jan 2026 10:00:00 GMT", "\x00",
            "Thu, 99 Foo 2026 10:00:00 GMT", PAN[:11], "2, 3", "0x10", "Thu, 15 Jan 99999 10:00:00 GMT"]  # fmt: skip
_ENDLESS_RETRIES = {"3601", "1000000000", "9999999999"}


def _rows() -> Iterator[Row]:
    for status, state in _STATES.items():
        for name, (body, reason) in _UNBELIEVABLE.items():
            yield Row(f"{status}: {name}", Given(status, JSON, body), f"unknown:{reason}")
        for number, (changes, reason) in enumerate(_MISMATCHES):
            body = encoded(payment_row(**{"status": state, **changes}))
            yield Row(f"{status}: {reason} {number}", Given(status, JSON, body), f"unknown:{reason}:alarm")
        for name, (headers, reason) in _HEADERS.items():
            yield Row(f"{status}: headers {name}", Given(status, headers, _GOOD), f"unknown:{reason}")
    for status, state in ((201, "declined"), (202, "approved"), (202, "declined"), (402, "approved"), (402, "pending")):
        body = encoded(payment_row(status=state))
        yield Row(f"{status}: {state}", Given(status, JSON, body), "unknown:status_contradicts:alarm")
    for status in (400, 404, 405, 406, 415, 429):
        for name, (row, reason) in _NO_ERRORS.items():
            yield Row(f"{status}: {name}", Given(status, JSON, encoded(row)), f"unknown:{reason}")
        html = Given(status, {"content-type": "text/html"}, encoded(error_row(status)))
        yield Row(f"{status}: html", html, "unknown:content_type")
    yield from _words()
    for status in _ODD:
        yield Row(f"{status}", Given(status, JSON, _GOOD), f"unknown:http_{status // 100}xx")
    for status in (-1, 0, 99, 600, 999, 10_000):
        yield Row(f"{status}", Given(status, JSON, _GOOD), "unknown:http_other")


def _words() -> Iterator[Row]:
    """Refusals and declines that are the gateway's, and odd in what they say."""
    odd = (error_row(400, title=7), error_row(400, title=PAN), error_row(400, errors=None), {"status": 400})
    for number, row in enumerate((*odd, error_row(400, errors=[1, {"field": None}]), error_row(400, errors=_FLOOD))):
        yield Row(f"400: odd words {number}", Given(400, JSON, encoded(row)), "rejected:400")
    lone = encoded(error_row(400, title="\ud800"))
    yield Row("400: a lone surrogate", Given(400, JSON, lone), "rejected:400")
    for status in (401, 403):
        for body in (b"", b"<html>", b"{}", encoded({"pan": PAN}), b"\xff"):
            yield Row(f"{status}: {body!r}"[:20], Given(status, {}, body), f"account_problem:{status}")
        body = encoded(payment_row())
        yield Row(f"{status}: payment", Given(status, JSON, body), "unknown:status_contradicts:alarm")
    for number, text in enumerate(_RETRIES):
        headers = JSON | {"retry-after": text, "date": "Thu, 15 Jan 2026 10:00:00 GMT"}
        yield Row(f"429: retry-after {number}", Given(429, headers, encoded(error_row(429))), "rate_limited:30")
    for text in sorted(_ENDLESS_RETRIES):
        headers = JSON | {"retry-after": text}
        yield Row(f"429: patience {text}", Given(429, headers, encoded(error_row(429))), "rate_limited:3600")
    told_back = payment_row(status="declined", error=f"3006: card {SPACED} 123", merchant_advice_code=PAN)
    body = encoded({**told_back, "payment_instrument": {"pan": PAN, "card_brand": f"Visa {PAN}"}})
    yield Row("402: the card told back", Given(402, JSON, body), "declined")


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Classify it."""
    answer = classify_response(CREATE_PAYMENT, charge(), given.status, given.headers, given.body)
    return told(code_of(answer), text=repr(answer))


def code_of(answer: AnyAnswer) -> str:
    """The class, its reason, and whether it calls a human."""
    match answer:
        case Unknown(reason, _, alarm):
            return f"unknown:{reason}{':alarm' * alarm}"
        case Unsent(reason):
            return f"unsent:{reason}"
        case RateLimited(retry_after_s):
            return f"rate_limited:{retry_after_s:g}"
        case Rejected(status) | AccountProblem(status):
            return f"{answer.kind}:{status}"
        case _:
            return answer.kind
