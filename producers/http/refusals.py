"""How a request is refused: problem details (RFC 9457) with a stable code, and every field that is wrong.

`type` is left out, which says that the status tells the kind; what programs branch on is `code`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from cardinity_client.errors import GatewayReadError, NotificationInvalid, ObjectNotFound, ReadUnavailable
from producers.errors import (
    ArchiveOutdated,
    ArchiveUnavailable,
    ClockUnavailable,
    FieldError,
    InvalidCommand,
    LedgerLockdown,
    LedgerUnavailable,
    LinkNotChanged,
    NotFinalizable,
    OrderConflict,
    OrderUnknown,
    ProducerError,
    QueueFull,
    SubscriptionConflict,
    SubscriptionState,
    SubscriptionUnknown,
)

MEDIA_TYPE: Final = "application/problem+json"
#: Seconds after which a caller may try again when a database was away or full, or the gateway gave no answer.
RETRY_AFTER_S: Final = 1

#: RFC 9110's words for these, which older Pythons do not know yet.
_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}
#: Of what is wrong with a body as a whole; fields are 422.
_UNREADABLE: Final = frozenset({"json_invalid", "payload_type", "csv_invalid"})
#: A notification that was not signed as it must be.
_FORGED: Final = frozenset({"signature_missing", "signature_invalid"})


class HttpProblem(Exception):
    """A request that is refused before anything was asked of the API. `code` is stable."""

    def __init__(self, code: str, message: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers


class InvalidRows(HttpProblem):
    """A file that is refused for its rows: everything that is wrong with each, by the row's number."""

    def __init__(self, code: str, message: str, rows: Sequence[tuple[int, FieldError]]) -> None:
        super().__init__(code, message, 422)
        self.rows = rows


def answer_to(error: Exception) -> Response | None:
    """The refusal that an error is; None for one that nobody's request can cause."""
    match error:
        case InvalidRows():
            named = [{"row": row, **_named(wrong)} for row, wrong in error.rows]
            return _answer(error.status, error.code, error.message, named)
        case HttpProblem():
            return _problem(error.status, error.code, error.message, headers=error.headers)
        case InvalidCommand():
            status = 400 if error.code in _UNREADABLE else 422
            return _problem(status, error.code, error.message, error.errors)
        case OrderConflict() | SubscriptionConflict():
            fields = [FieldError(name, error.code, "is another than before") for name in error.fields]
            return _problem(409, error.code, error.message, fields)
        case NotFinalizable() | SubscriptionState():
            return _problem(409, error.code, error.message)
        case OrderUnknown() | SubscriptionUnknown():
            return _problem(404, error.code, error.message)
        case LinkNotChanged(passing=True) | ReadUnavailable():
            message = "the gateway gave no answer; repeat the same request"
            return _problem(503, error.code, message, headers={"Retry-After": str(RETRY_AFTER_S)})
        case LinkNotChanged():
            return _problem(409, error.code, error.message)
        case ObjectNotFound():
            return _problem(404, error.code, error.message)
        case GatewayReadError():
            return _problem(502, error.code, error.message)
        case LedgerLockdown():
            return _problem(503, error.code, "the ledger is locked down until an operator has decided")
        case ArchiveOutdated() | ProducerError(code="extra_missing"):
            return _problem(503, error.code, "there are no subscriptions until an operator has set up the archive")
        case LedgerUnavailable() | QueueFull() | ArchiveUnavailable() | ClockUnavailable():
            message = "nothing can be accepted at the moment; repeat the same request"
            return _problem(503, error.code, message, headers={"Retry-After": str(RETRY_AFTER_S)})
        case NotificationInvalid():
            field = [FieldError(error.field, error.code, error.message)] if error.field else []
            return _problem(_status_of(error), error.code, error.message, field)
        case _:
            return None


def failed() -> Response:
    """The answer after a bug of ours, of which nothing is told but that it is one."""
    return _problem(500, "unexpected", "this is a bug of ours; nothing accepted is lost by it")


def _status_of(error: NotificationInvalid) -> int:
    if error.code == "body_size":
        return 413
    return 401 if error.code in _FORGED else 400


def _problem(
    status: int, code: str, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> Response:
    return _answer(status, code, detail, [_named(error) for error in errors], headers)


def _named(error: FieldError) -> dict[str, str]:
    return {"field": error.field, "code": error.code, "message": error.message}


def _answer(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, object]],
    headers: Mapping[str, str] | None = None,
) -> Response:
    title = _PHRASES.get(status) or HTTPStatus(status).phrase
    told = {"title": title, "status": status, "code": code, "detail": detail}
    body = msgspec.json.encode({**told, "errors": errors} if errors else told)
    return Response(body, status, headers, MEDIA_TYPE)
