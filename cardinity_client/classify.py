"""What an answer, or its absence, says about a write: pure, total, and never optimistic.

A class that lets an order be sent again (`Unsent`, `RateLimited`, `AccountProblem`) or closes it without
money (`Rejected`, `Declined`) needs evidence that comes from the gateway. A proxy's error page, a cut body,
an answer that speaks of another order: all of it is `Unknown`, and unknown is resolved by looking, never by
sending again. How the writes differ is data, in `operations`.

`Unsent` rests on the phase alone. Libraries map exceptions wrongly (a `ConnectTimeout` for a connection that
broke after the request was written is on record), the phase is recorded by the transport before anything can
leave.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import httpx

from cardinity_client.answers import (
    AccountProblem,
    Failure,
    FieldFault,
    RateLimited,
    Rejected,
    Unknown,
    Unsent,
    Verdict,
)
from cardinity_client.attempt import BodyTooLarge, Phase, ResolveError, TlsError
from cardinity_client.errors import ResponseInvalid
from cardinity_client.operations import Operation
from cardinity_client.wire import TEXT_MAX, parse_object, without_card_digits

A = TypeVar("A")
T = TypeVar("T")
E = TypeVar("E", bound=Verdict)

#: Seconds to hold back when the gateway asks for patience without a usable number.
RETRY_AFTER_DEFAULT_S: Final = 30.0

#: The longest patience believed.
RETRY_AFTER_MAX_S: Final = 3600.0

#: Faults of one rejection that are kept.
FAULTS_MAX: Final = 50

_REJECTIONS: Final = frozenset({400, 404, 405, 406, 415})
_ACCOUNT_STATUSES: Final = frozenset({401, 403})
_RATE_LIMITED: Final = 429

#: First match wins, so the narrower class stands first.
_UNSENT_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ResolveError, "dns_failed"),
    (TlsError, "tls_failed"),
    (httpx.PoolTimeout, "pool_timeout"),
    (httpx.TimeoutException, "connect_timeout"),
    (httpx.TransportError, "connect_failed"),
)
_UNKNOWN_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (BodyTooLarge, "oversized"),
    (httpx.TimeoutException, "timeout"),
    (httpx.NetworkError, "connection_lost"),
    (httpx.ProtocolError, "response_malformed"),
)

_JSON_TYPES: Final = frozenset({"application/json", "application/problem+json"})
_SECONDS: Final = re.compile(r"[0-9]{1,10}", re.ASCII)


def classify_response(
    operation: Operation[A, T, E], asked: A, status: int, headers: Mapping[str, str], body: bytes
) -> E | Failure:
    """The answer to one write. `headers` has lower-case names, or finds them in any case."""
    try:
        if status in operation.ends:
            return _believed(operation, asked, status, _json(headers, body))
        if status in _REJECTIONS:
            return _rejected(status, error_object(status, headers, body))
        if status == _RATE_LIMITED:
            error_object(status, headers, body)
            return RateLimited(_retry_after_s(headers))
        if status in _ACCOUNT_STATUSES:
            return _account_problem(status, body)
    except ResponseInvalid as problem:
        return Unknown(problem.code, status, problem.alarm)
    return Unknown(status_reason(status), status, alarm=False)


def classify_failure(exc: Exception, phase: Phase) -> Unsent | Unknown:
    """What it means that no whole answer came."""
    if phase is Phase.QUEUED:
        return Unsent(_reason(exc, _UNSENT_REASONS))
    reason = _reason(exc, _UNKNOWN_REASONS)
    if phase is Phase.HEADERS_RECEIVED and reason in ("connection_lost", "response_malformed"):
        reason = "truncated"
    return Unknown(reason, None, alarm=False)


def require_plain_json(headers: Mapping[str, str]) -> None:
    """Raises ResponseInvalid unless the body is declared as JSON and not compressed: none was asked to be."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ResponseInvalid("content_encoding", "the body is encoded though none was asked for")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _JSON_TYPES:
        raise ResponseInvalid("content_type", "the body is not declared as JSON")


def error_object(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, object]:
    """The gateway's error object for that status; a proxy's page is none. Raises ResponseInvalid."""
    error = _json(headers, body)
    if type(error.get("status")) is not int or error["status"] != status:
        raise ResponseInvalid("not_gateway_error", "the body is not the gateway's error object for this status")
    return error


def status_reason(status: int) -> str:
    """A token for a status that says nothing else, `http_5xx`."""
    return f"http_{status // 100}xx" if 100 <= status <= 599 else "http_other"


def _json(headers: Mapping[str, str], body: bytes) -> dict[str, object]:
    require_plain_json(headers)
    return parse_object(body)


def _believed(operation: Operation[A, T, E], asked: A, status: int, row: Mapping[str, object]) -> E | Unknown:
    found = operation.read(row)
    operation.match(asked, found)
    end = operation.ends[status].get(operation.state(found))
    return end(found) if end else Unknown("status_contradicts", status, alarm=True)


def _rejected(status: int, error: Mapping[str, object]) -> Rejected:
    title, errors = error.get("title"), error.get("errors")
    rows = errors[:FAULTS_MAX] if isinstance(errors, list) else []
    faults = tuple(_fault(row) for row in rows if isinstance(row, dict))
    return Rejected(status, _shown(title), faults)


def _fault(row: Mapping[str, object]) -> FieldFault:
    return FieldFault(_shown(row.get("field")), _shown(row.get("message")))


def _shown(value: object) -> str:
    return without_card_digits(value[:TEXT_MAX].encode(errors="replace").decode()) if isinstance(value, str) else ""


def _account_problem(status: int, body: bytes) -> AccountProblem | Unknown:
    try:
        row = parse_object(body)
    except ResponseInvalid:
        return AccountProblem(status)
    if "id" in row:  # evidence of something made outweighs a status that denies it
        return Unknown("status_contradicts", status, alarm=True)
    return AccountProblem(status)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    text = headers.get("retry-after", "").strip()
    wait_s = float(text) if _SECONDS.fullmatch(text) else _until(text, headers.get("date", ""))
    return min(wait_s, RETRY_AFTER_MAX_S) if wait_s > 0 else RETRY_AFTER_DEFAULT_S


def _until(moment: str, now: str) -> float:
    """Seconds between two HTTP dates, both by the gateway's clock; 0 when either is unreadable."""
    try:
        return (parsedate_to_datetime(moment) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _reason(exc: Exception, reasons: tuple[tuple[type[Exception], str], ...]) -> str:
    return next((reason for kind, reason in reasons if isinstance(exc, kind)), "client_fault")
