"""`classify` has an answer for everything, and no answer lets an order be sent again without evidence."""

from collections.abc import Iterator
from typing import get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import (
    AccountProblem,
    Answer,
    Approved,
    Declined,
    Pending,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
)
from cardinity_client.attempt import BodyTooLarge, Phase, ResolveError, TlsError
from cardinity_client.classify import classify_failure, classify_response
from cardinity_client.operations import CREATE_PAYMENT
from tests.unit.client.builders import JSON, charge, encoded, error_row, payment_row

#: Bodies any status may come with.
BODIES = {
    "empty": b"",
    "html": b"<html>welcome to the captive portal</html>",
    "approved": encoded(payment_row()),
    "declined": encoded(payment_row(status="declined", error="3001: Insufficient funds")),
    "pending": encoded(payment_row(status="pending")),
    "other_order": encoded(payment_row(order_id="ORD-2")),
    "error_400": encoded(error_row(400)),
    "error_429": encoded(error_row(429)),
    "list": b"[]",
    "binary": bytes(range(256)),
}
#: Which ends a status may have at all.
ENDS: dict[int, tuple[type[Answer], ...]] = {
    201: (Approved, Pending, Unknown),
    202: (Pending, Unknown),
    402: (Declined, Unknown),
    400: (Rejected, Unknown),
    401: (AccountProblem, Unknown),
    403: (AccountProblem, Unknown),
    404: (Rejected, Unknown),
    405: (Rejected, Unknown),
    406: (Rejected, Unknown),
    415: (Rejected, Unknown),
    429: (RateLimited, Unknown),
}

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def httpx_failures(kind: type[Exception] = Exception) -> Iterator[type[Exception]]:
    """Every exception class of httpx, our own subclasses included."""
    for child in kind.__subclasses__():
        if child.__module__.startswith(("httpx", "cardinity_client.attempt")):
            yield child
        yield from httpx_failures(child)


def made(kind: type[Exception]) -> Exception:
    """An instance, whatever its constructor wants."""
    exc = kind.__new__(kind)
    exc.args = ("lost",)
    return exc


FAILURES = sorted({*httpx_failures(), OSError, ValueError, RuntimeError, TimeoutError}, key=lambda k: k.__name__)


def test_the_walk_finds_what_httpx_raises() -> None:
    """The classes below are all of them: the known ones are among them."""
    known = {
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ReadError,
        httpx.RemoteProtocolError,
        httpx.InvalidURL,
    }
    assert known | {httpx.StreamClosed, httpx.DecodingError, ResolveError, TlsError, BodyTooLarge} <= set(FAILURES)


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("phase", Phase)
def test_the_phase_alone_says_unsent(kind: type[Exception], phase: Phase) -> None:
    """Whatever is raised: unsent exactly when no connection was handed to the request, else unknown."""
    answer = classify_failure(made(kind), phase)
    assert isinstance(answer, Unsent) == (phase is Phase.QUEUED)
    assert isinstance(answer, Unknown) == (phase is not Phase.QUEUED)
    assert answer.reason.isidentifier()


@pytest.mark.parametrize(
    ("exc", "reason"),
    [
        (ResolveError(""), "dns_failed"),
        (TlsError(""), "tls_failed"),
        (httpx.PoolTimeout(""), "pool_timeout"),
        (httpx.ConnectTimeout(""), "connect_timeout"),
        (httpx.ConnectError(""), "connect_failed"),
        (ValueError(""), "client_fault"),
    ],
)
def test_unsent_says_why(exc: Exception, reason: str) -> None:
    """Each failure to connect has a name of its own."""
    assert classify_failure(exc, Phase.QUEUED) == Unsent(reason)


@pytest.mark.parametrize(
    ("exc", "phase", "reason"),
    [
        (httpx.ReadTimeout(""), Phase.BODY_SENT, "timeout"),
        (httpx.ConnectTimeout(""), Phase.CONNECTED, "timeout"),
        (httpx.ReadError(""), Phase.BODY_SENT, "connection_lost"),
        (httpx.ConnectError(""), Phase.CONNECTED, "connection_lost"),
        (httpx.RemoteProtocolError(""), Phase.BODY_SENT, "response_malformed"),
        (httpx.RemoteProtocolError(""), Phase.HEADERS_RECEIVED, "truncated"),
        (httpx.ReadError(""), Phase.HEADERS_RECEIVED, "truncated"),
        (BodyTooLarge(""), Phase.HEADERS_RECEIVED, "oversized"),
        (ValueError(""), Phase.BODY_SENT, "client_fault"),
    ],
)
def test_unknown_says_why(exc: Exception, phase: Phase, reason: str) -> None:
    """Each way to lose an answer has a name of its own."""
    assert classify_failure(exc, phase) == Unknown(reason, None, alarm=False)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("headers", [{}, JSON, {"content-type": "text/html"}], ids=["none", "json", "html"])
def test_every_status_has_an_answer(body: str, headers: dict[str, str]) -> None:
    """Every status from 100 to 599 with every body ends as its row allows; what has no row is unknown."""
    for status in range(100, 600):
        answer = classify_response(CREATE_PAYMENT, charge(), status, headers, BODIES[body])
        assert isinstance(answer, ENDS.get(status, (Unknown,)))


@pytest.mark.parametrize("hundred", range(1, 6))
def test_a_status_without_a_row_is_unknown(hundred: int) -> None:
    """Even with the approving payment in its body, an odd status is unknown and says which it was."""
    for status in {*range(100 * hundred, 100 * hundred + 100)} - {*ENDS}:
        answer = classify_response(CREATE_PAYMENT, charge(), status, JSON, BODIES["approved"])
        assert answer == Unknown(f"http_{hundred}xx", status, alarm=False)


@pytest.mark.parametrize("status", [-1, 0, 99, 600, 999])
def test_a_status_that_is_none_is_unknown(status: int) -> None:
    """Numbers that HTTP does not have are unknown too."""
    assert classify_response(CREATE_PAYMENT, charge(), status, JSON, b"") == Unknown("http_other", status, alarm=False)


@given(status=st.sampled_from([201, 202, 400, 401, 402, 403, 429]), body=st.binary(max_size=200))
def test_any_bytes_have_an_answer(status: int, body: bytes) -> None:
    """No bytes make it raise, and none of them look like a verdict."""
    answer = classify_response(CREATE_PAYMENT, charge(), status, JSON, body)
    assert isinstance(answer, Unknown | AccountProblem)


@given(
    status=st.sampled_from(sorted(ENDS)),
    changes=st.dictionaries(st.sampled_from([*payment_row()]), JSON_VALUES),
)
def test_any_change_to_a_payment_has_an_answer(status: int, changes: dict[str, object]) -> None:
    """Whatever stands in a payment's members, the answer is one that its status allows."""
    answer = classify_response(CREATE_PAYMENT, charge(), status, JSON, encoded(payment_row(**changes)))
    assert isinstance(answer, ENDS[status])


def test_every_end_has_a_kind_of_its_own() -> None:
    """The kinds, which label metrics, are distinct."""
    kinds = [end.kind for end in get_args(Answer)]
    assert sorted(kinds) == sorted({*kinds})
