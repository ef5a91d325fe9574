"""The wire: members left out, three fractional digits, ids that repeat, error objects in shape."""

import json
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.wire import identity, invalid, refusal, timestamp


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000_007, "2023-11-14T22:13:20.007Z"),
        (1_700_000_000_120, "2023-11-14T22:13:20.120Z"),
    ],
)
def test_a_timestamp_has_three_fractional_digits(at_ms: int, expected: str) -> None:
    """Trailing and leading zeros of the fraction are kept."""
    assert timestamp(at_ms) == expected


@given(st.integers(), st.none() | st.text(max_size=50), st.integers(1, 10**6))
def test_an_id_is_a_lower_case_uuid(seed: int, order_id: str | None, nth_post: int) -> None:
    """Ids have the shape of a random UUID, whatever they are made from."""
    text = identity(seed, order_id, nth_post)
    assert str(uuid.UUID(text)) == text
    assert uuid.UUID(text).version == 4


def test_an_id_repeats_with_its_seed_and_differs_with_its_post() -> None:
    """The same post of the same order gets the same id in another run, and no other does."""
    assert identity(1, "o-1", 1) == identity(1, "o-1", 1)
    assert len({identity(1, "o-1", 1), identity(2, "o-1", 1), identity(1, "o-2", 1), identity(1, "o-1", 2)}) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 405, 406, 415, 429, 500, 503])
def test_a_refusal_is_the_gateways_error_object(status: int) -> None:
    """Type, title, status and detail, and no errors where nothing was validated."""
    answer = refusal(status)
    body = json.loads(answer.body)
    assert answer.status == body["status"] == status
    assert body["type"] == f"https://developers.cardinity.com/api/v1/#{status}"
    assert re.fullmatch(r"[A-Z][A-Za-z ]+", body["title"])
    assert set(body) == {"type", "title", "status", "detail"}


def test_a_validation_failure_names_its_fields() -> None:
    """Each error has field, rejected and message, null included, and the detail says how many there are."""
    errors = [
        FieldError("currency", "EGR", "invalid or unsupported currency"),
        FieldError("amount", None, "is required"),
    ]
    body = json.loads(invalid(errors).body)
    assert body["title"] == "Validation Failed"
    assert "2 validation errors" in body["detail"]
    assert body["errors"] == [
        {"field": "currency", "rejected": "EGR", "message": "invalid or unsupported currency"},
        {"field": "amount", "rejected": None, "message": "is required"},
    ]
