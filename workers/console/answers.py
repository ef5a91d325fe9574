"""Pages that say why something is not done: the border at which errors become answers."""

from __future__ import annotations

import traceback
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cardinity_client.errors import GatewayReadError
from producers.errors import (
    ArchiveOutdated,
    ArchiveUnavailable,
    LedgerUnavailable,
    OrderUnknown,
    ProducerError,
    SettingsError,
)
from workers.console.layout import Reader, note, page
from workers.console.tallies import Tallies
from workers.operations.errors import NothingThere, OperationRefused

#: Innermost places named of a bug.
FRAMES_MAX: Final = 5

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def refused(request: Request, status: int, message: str) -> Response:
    """A page that says why not."""
    return _told("Not done", request.state.reader, message, status)


def failure(error: Exception, reader: Reader, tallies: Tallies) -> Response:
    """What an error says to whoever looks; of a bug, nothing but that it is one: its text may be anything."""
    match error:
        case NothingThere() | OrderUnknown():
            status = 404
        case OperationRefused():
            status = 409
        case LedgerUnavailable(ambiguous=True):
            return _told("Not sure", reader, f"It may have been done: look again. {error.message} ({error.code})", 503)
        case LedgerUnavailable() | ArchiveUnavailable() | ArchiveOutdated() | SettingsError():
            status = 503
        case GatewayReadError():
            return _told("Not done", reader, f"The gateway gave no answer; nothing was changed. ({error.code})", 503)
        case ProducerError():
            status = 400
        case _:
            tallies.failed()
            log.error("console_failed", error=type(error).__name__, where=_where(error))
            return _told("A bug of ours", reader, "Nobody knows what came of it: look again.", 500)
    return _told("Not done", reader, f"{error.message} ({error.code})", status)


def _told(title: str, reader: Reader, message: str, status: int) -> Response:
    return HTMLResponse(page(title, reader, note(message)), status)


def _where(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]]
