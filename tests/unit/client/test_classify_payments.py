"""What payment objects say about a charge: believed only when they speak of this very charge."""

from collections.abc import Mapping
from typing import Any

import pytest

from cardinity_client import Answer, Approved, Declined, Pending, Unknown
from cardinity_client.classify import classify_response
from tests.unit.client.builders import JSON, charge, encoded, error_row, payment_row

GOOD = encoded(payment_row())
#: Bodies that are no payment object, and why.
UNBELIEVABLE = {
    "empty": (b"", "json_invalid"),
    "cut": (GOOD[:-1], "json_invalid"),
    "byte_order_mark": (b"\xef\xbb\xbf" + GOOD, "json_invalid"),
    "utf_16": (GOOD.decode().encode("utf-16"), "json_invalid"),
    "not_utf_8": (GOOD.replace(b"Visa", b"V\xff"), "json_invalid"),
    "nul": (GOOD.replace(b"Visa", b"V\x00"), "json_invalid"),
    "nan": (GOOD.replace(b"2031", b"NaN"), "json_invalid"),
    "infinity": (GOOD.replace(b"2031", b"-Infinity"), "json_invalid"),
    "huge_number": (GOOD.replace(b"2031", b"9" * 5000), "json_invalid"),
    "deep_lists": (b"[" * 60_000, "json_invalid"),
    "deep_objects": (b'{"a":' * 12_000, "json_invalid"),
    "list": (b"[]", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "doubled_member": (GOOD[:-1] + b',"status":"approved"}', "duplicate_keys"),
    "doubled_inside": (GOOD.replace(b'"pan": "1111"', b'"pan": "1111", "pan": "1111"'), "duplicate_keys"),
    "new_status": (encoded(payment_row(status="settled")), "status_unseen"),
    "no_status": (encoded(payment_row(status=...)), "payment_invalid"),
    "no_id": (encoded(payment_row(id=...)), "payment_invalid"),
    "path_as_id": (encoded(payment_row(id="../../admin")), "payment_invalid"),
    "bad_time": (encoded(payment_row(created="yesterday")), "payment_invalid"),
    "text_for_boolean": (encoded(payment_row(live="false")), "payment_invalid"),
    "lone_surrogate": (encoded(payment_row(error="\ud800")), "payment_invalid"),
    "error_object": (encoded(error_row(402)), "payment_invalid"),
}


def classify(status: int, row: object, headers: Mapping[str, str] = JSON) -> Answer:
    return classify_response(charge(), status, headers, encoded(row))


def unknown(answer: Answer) -> Unknown:
    assert isinstance(answer, Unknown), answer
    return answer


@pytest.mark.parametrize(
    ("status", "state", "kind"),
    [
        (201, "approved", Approved),
        (201, "pending", Pending),
        (201, "processing", Pending),
        (202, "pending", Pending),
        (202, "processing", Pending),
        (402, "declined", Declined),
    ],
)
def test_a_payment_of_this_order_is_believed(status: int, state: str, kind: type[Answer]) -> None:
    """The payment object of this very charge, under a status that fits it, is the gateway's verdict."""
    answer = classify(status, payment_row(status=state))
    assert isinstance(answer, kind)
    assert isinstance(answer, Approved | Pending | Declined)
    assert answer.payment.order_id == "ORD-1"


@pytest.mark.parametrize(
    ("status", "state"),
    [(201, "declined"), (202, "approved"), (202, "declined"), (402, "approved"), (402, "pending")],
)
def test_a_status_that_contradicts_the_payment_is_unknown(status: int, state: str) -> None:
    """HTTP says one thing, the payment another: nobody decides that but a look at the gateway."""
    assert unknown(classify(status, payment_row(status=state))) == Unknown("status_contradicts", status, alarm=True)


@pytest.mark.parametrize("status", [201, 202, 402])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"order_id": "ORD-2"}, "mismatch_order_id"),
        ({"order_id": ...}, "mismatch_order_id"),
        ({"order_id": "ord-1"}, "mismatch_order_id"),
        ({"amount": "10.01"}, "mismatch_amount"),
        ({"amount": "1000.00"}, "mismatch_amount"),
        ({"currency": "USD"}, "mismatch_currency"),
        ({"amount": "10", "currency": "JPY"}, "mismatch_currency"),
        ({"amount": 10.0}, "amount_invalid"),
        ({"amount": "10"}, "amount_invalid"),
        ({"amount": ...}, "amount_invalid"),
        ({"currency": "EURO"}, "amount_invalid"),
    ],
)
def test_a_payment_of_something_else_raises_the_alarm(status: int, changes: dict[str, Any], reason: str) -> None:
    """Another order, amount or currency than was asked for is unknown and calls a human, declined or not."""
    state = {201: "approved", 202: "pending", 402: "declined"}[status]
    assert classify(status, payment_row(status=state, **changes)) == Unknown(reason, status, alarm=True)


@pytest.mark.parametrize("status", [201, 202, 402])
@pytest.mark.parametrize("case", UNBELIEVABLE)
def test_a_body_that_cannot_be_believed_is_unknown(status: int, case: str) -> None:
    """Cut, doubled, mis-encoded or foreign bodies decide nothing."""
    body, reason = UNBELIEVABLE[case]
    answer = classify_response(charge(), status, JSON, body)
    assert answer == Unknown(reason, status, alarm=False)


@pytest.mark.parametrize("status", [201, 202, 402])
@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "content_type"),
        ({"content-type": "text/html"}, "content_type"),
        ({"content-type": "application/jsonp"}, "content_type"),
        ({"content-type": "application/json, text/html"}, "content_type"),
        (JSON | {"content-encoding": "gzip"}, "content_encoding"),
        (JSON | {"content-encoding": "identity, br"}, "content_encoding"),
    ],
)
def test_only_plain_json_is_read(status: int, headers: Mapping[str, str], reason: str) -> None:
    """An answer that is not declared as JSON, or is compressed though none asked for it, decides nothing."""
    assert classify(status, payment_row(), headers) == Unknown(reason, status, alarm=False)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_declared_in_any_case_and_with_parameters(content_type: str) -> None:
    """Case and parameters of the media type do not matter."""
    assert isinstance(classify(201, payment_row(), {"content-type": content_type}), Approved)
