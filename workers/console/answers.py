"""Pages that say why something is not done: the border at which errors become answers."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
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
from workers.analytics.pages.markup import Markup, element
from workers.console.confirming import back, seen
from workers.console.layout import Reader, link, notice, page
from workers.console.tallies import Tallies
from workers.operations.errors import NothingThere, OperationRefused

_BUG: Final = 500
#: Innermost places named of a bug.
FRAMES_MAX: Final = 5

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def refused(request: Request, status: int, message: str) -> Response:
    """A page that says why not."""
    return _told("Not done", request, message, status)


def failure(error: Exception, request: Request, tallies: Tallies) -> Response:
    """What an error says to whoever looks; of a bug, nothing but that it is one: its text may be anything."""
    match error:
        case NothingThere() | OrderUnknown():
            status = 404
        case OperationRefused():
            status = 409
        case LedgerUnavailable(ambiguous=True):
            return _told("Not sure", request, f"It may have been done: look again. {error.message} ({error.code})", 503)
        case LedgerUnavailable() | ArchiveUnavailable() | ArchiveOutdated() | SettingsError():
            status = 503
        case GatewayReadError():
            return _told("Not done", request, f"The gateway gave no answer; nothing was changed. ({error.code})", 503)
        case ProducerError():
            status = 400
        case _:
            tallies.failed()
            log.error("console_failed", error=type(error).__name__, where=_where(error))
            return _told("A bug of ours", request, "Nobody knows what came of it: look again.", _BUG)
    return _told("Not done", request, f"{error.message} ({error.code})", status)


def _told(title: str, request: Request, message: str, status: int) -> Response:
    reader = getattr(request.state, "reader", Reader(None, ""))
    said = notice(f"{message[:1].upper()}{message[1:]}", kind="stop" if status == _BUG else "warn")
    return HTMLResponse(page(title, reader, said, *_ways(request, reader)), status)


def _ways(request: Request, reader: Reader) -> Iterable[Markup]:
    """Where to look at what an action was about."""
    before, _, name = request.url.path.rpartition("/")
    if reader.user is None or before != "/actions":
        return
    fields = getattr(request.state, "fields", None) or request.query_params
    about = fields.get("about", "")
    yield element("p", {"class": "ways"}, *(seen(name, about) if about else []), link(back(name), "Back"))


def _where(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]]
