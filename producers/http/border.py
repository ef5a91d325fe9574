"""The border of the application: every error becomes an answer here, every answer is counted, and nothing gets out.

A bug of ours is told to the log by its kind and place, never by its text, which may quote the data it choked on.
"""

from __future__ import annotations

import traceback
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from producers.http.refusals import answer_to, failed
from producers.runtime.metrics import Metrics
from producers.runtime.metrics_table import OTHER

#: Nothing here is for a cache, and nothing is to be taken for what it is not.
HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
#: Innermost places named of a bug.
FRAMES_MAX: Final = 5

_HEALTH: Final = frozenset({"/livez", "/readyz", "/metrics"})

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Border:
    """Stands around everything that answers requests."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, told)
        except ClientDisconnect:
            return
        except Exception as error:  # the border: whatever it is, a caller gets an answer and not a broken connection
            answer = answer_to(error) or self._failure(error)
            if not status:
                await answer(scope, receive, told)
        finally:
            if status:
                self._metrics.http_requests.inc(_route_of(scope["path"]), _answer_of(status))

    def _failure(self, error: Exception) -> Response:
        self._metrics.unexpected_errors.inc("http")
        log.error("request_failed", error=type(error).__name__, where=_where(error))
        return failed()


def _where(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]]


def _route_of(path: str) -> str:
    match path.split("/", 3):
        case ["", "v1", resource, *_]:
            return resource
        case ["", "webhooks" | "callbacks" as door, *_]:
            return door
        case _:
            return "health" if path in _HEALTH else OTHER


def _answer_of(status: int) -> str:
    match status:
        case 401 | 403:
            return "denied"
        case 429:
            return "limited"
        case 503:
            return "unavailable"
        case _:
            return "taken" if status < 400 else "refused" if status < 500 else "failed"
