"""What refusals say about a charge: only the gateway's own word lets an order be closed or sent again."""

import pytest

from cardinity_client import AccountProblem, Answer, FieldFault, RateLimited, Rejected
from cardinity_client.classify import classify_response
from cardinity_client.operations import CREATE_PAYMENT
from tests.unit.client.builders import JSON, charge, encoded, error_row

REJECTIONS = [400, 404, 405, 406, 415]
MOMENT = "Thu, 15 Jan 2026 10:00:00 GMT"


def classify(status: int, row: object, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify_response(CREATE_PAYMENT, charge(), status, JSON | given, encoded(row))


@pytest.mark.parametrize("status", REJECTIONS)
def test_the_gateways_error_object_rejects(status: int) -> None:
    """With its error object the gateway says the request was wrong, which field and why; never the value."""
    assert classify(status, error_row(status)) == Rejected(
        status, "Validation Failed", (FieldFault("currency", "invalid or unsupported currency"),)
    )


def test_a_rejection_without_details_is_one() -> None:
    """Title and faults may be missing or odd: the status alone rejects."""
    assert classify(400, {"status": 400}) == Rejected(400, "", ())
    assert classify(400, {"status": 400, "title": 7, "errors": [1, {"field": None}]}) == Rejected(
        400, "", (FieldFault("", ""),)
    )


def test_a_flood_of_faults_is_bounded() -> None:
    """What a rejection keeps is bounded in number and length, and can be written as UTF-8."""
    flood = [{"field": "\ud800" * 9999, "message": "m" * 9999}] * 999
    answer = classify(400, error_row(400, errors=flood))
    assert isinstance(answer, Rejected)
    assert len(answer.errors) == 50
    assert max(len(fault.field.encode()) + len(fault.message) for fault in answer.errors) <= 1024


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"", b"<html>", encoded({}), encoded({"status": 401})], ids=repr)
def test_a_refused_key_is_the_accounts_problem(status: int, body: bytes) -> None:
    """401 and 403 name the account, whatever they say."""
    assert classify_response(CREATE_PAYMENT, charge(), status, {}, body) == AccountProblem(status)


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [("2", 2.0), ("3600", 3600.0), ("3601", 3600.0), ("1000000000", 3600.0)]
    + [(text, 30.0) for text in ["", "0", "-1", "soon", "1.5", "1e9", "\u0662", "9" * 400, MOMENT]]
    + [("Thu, 15 Jan 2026 10:01:30 GMT", 90.0), ("Thu, 15 Jan 2099 10:00:00 GMT", 3600.0)],
)  # fmt: skip
def test_patience_is_bounded(retry_after: str, wait_s: float) -> None:
    """Retry-After in seconds or as a date is honoured up to an hour; without a usable one it is 30 s."""
    assert classify(429, error_row(429), retry_after=retry_after, date=MOMENT) == RateLimited(wait_s)


def test_a_rate_limit_without_headers_waits_half_a_minute() -> None:
    """No Retry-After at all means 30 s."""
    assert classify(429, error_row(429)) == RateLimited(30.0)


@pytest.mark.parametrize("retry_after", ["Thu, 15 Jan 2026 10:01:30 GMT", "Thu, 15 Jan 2026 10:01:30"])
def test_a_date_needs_the_gateways_clock(retry_after: str) -> None:
    """A date is a wait only against the answer's own Date header; our clock may differ."""
    assert classify(429, error_row(429), retry_after=retry_after) == RateLimited(30.0)
