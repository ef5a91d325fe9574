"""The one place where it is decided who may do what: sessions, roles and tokens of forms, around every page.

Whoever is not logged in sees the login only; a viewer sees everything; an operator acts too. A request that may change
something is a POST with the token of its session, from a page of ours.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardinity_client.errors import GatewayReadError
from producers.errors import (
    ArchiveOutdated,
    ArchiveUnavailable,
    LedgerUnavailable,
    OrderUnknown,
    ProducerError,
    SettingsError,
)
from producers.http.sources import source_of, within
from producers.runtime.settings_kinds import Network
from workers.console.layout import REFRESHED, Reader, note, page, policy
from workers.console.passwords import BY_PROXY
from workers.console.sessions import COOKIE, Session, Sessions
from workers.console.users import OPERATOR, VIEWER, User, read_users
from workers.operations.errors import NothingThere, OperationRefused

#: Where anybody may go; where an operator only may; everything else is for viewers, as long as it is read.
LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
ACTIONS: Final = "/actions/"
#: Bytes and fields of a form, at the most.
BODY_MAX, FIELDS_MAX = 8192, 20
#: Innermost places named of a bug.
FRAMES_MAX: Final = 5
#: Hosts that a browser takes for this machine: only there a cookie may go without TLS.
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Whose word is believed about who somebody is, and the header that it is in."""

    addresses: Sequence[Network]
    header: str

    def user_of(self, request: Request) -> str:
        """The name that the proxy gives; empty where it is not the proxy that asks."""
        peer = source_of(request.client.host if request.client else "", (), ())
        if not self.header or peer is None or not within(peer, self.addresses):
            return ""
        return request.headers.get(self.header, "")


def needed(method: str, path: str) -> str | None:
    """The role that a request needs; None where nobody has to be logged in."""
    if path == LOGIN:
        return None
    if path.startswith(ACTIONS):
        return OPERATOR
    return VIEWER if method in {"GET", "HEAD"} or path == LOGOUT else OPERATOR


class Guard:
    """Stands around the pages. They find `session`, `reader` and `fields` in the request's state."""

    def __init__(self, app: ASGIApp, users_file: Path, proxy: Proxy, sessions: Sessions) -> None:
        self._app = app
        self._users_file = users_file
        self._proxy = proxy
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = Request(scope, receive)
        started = False

        async def told(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_headers(), *_cookie(request, self._sessions)]
            await send(message)

        try:
            answer = await self._answer(request)
            if answer is None:
                await self._app(scope, receive, told)
            else:
                await answer(scope, receive, told)
        except ClientDisconnect:
            return
        except Exception as error:  # the border: whatever it is, somebody gets a page and not a broken connection
            if not started:
                await _failure(error, getattr(request.state, "reader", Reader(None, "")))(scope, receive, told)

    async def _answer(self, request: Request) -> Response | None:
        """Why a request goes no further; None where it may."""
        users = read_users(self._users_file)
        session, user = self._who(request, users)
        request.state.session = session
        request.state.reader = Reader(user, self._sessions.token(session))
        role = needed(request.method, request.scope["path"])
        if request.method not in {"GET", "HEAD"}:
            request.state.fields = fields = await _fields(request)
            if fields is None:
                return refused(request, 400, "The form cannot be read.")
            if not _is_ours(request) or not self._sessions.allows(session, fields.get("token", "")):
                return refused(request, 403, "The form is not of this session: load the page again.")
        if role is None:
            return None
        if user is None:
            return RedirectResponse(LOGIN, 303)
        if role == OPERATOR and not user.acts:
            return refused(request, 403, "Only an operator may do this.")
        return None

    def _who(self, request: Request, users: Mapping[str, User]) -> tuple[Session, User | None]:
        session = self._sessions.read(request.cookies.get(COOKIE, ""))
        if named := self._proxy.user_of(request):
            user = users.get(named)
            known = user.name if user else ""
            return (session if session and session.name == known else self._sessions.begun(known)), user
        if session is None:
            return self._sessions.begun(), None
        user = users.get(session.name)
        # What the proxy has let in is nobody without the proxy's word.
        return session, user if user and user.hash != BY_PROXY else None


def refused(request: Request, status: int, message: str) -> Response:
    """A page that says why not."""
    return _told("Not done", request.state.reader, message, status)


async def _fields(request: Request) -> Mapping[str, str] | None:
    """A form's fields; None where there are too many, too long, twice the same, or no text."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except (UnicodeDecodeError, ValueError):
        return None
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def _is_ours(request: Request) -> bool:
    """Whether the browser says that the form stood on a page of ours; old ones say nothing."""
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host", "")


def _headers() -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-security-policy", policy().encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        # Not `no-referrer`: browsers would then send forms from the origin `null`.
        (b"referrer-policy", b"same-origin"),
    )


def _cookie(request: Request, sessions: Sessions) -> tuple[tuple[bytes, bytes], ...]:
    """The session goes on while somebody does something, not while a page refreshes itself."""
    session: Session | None = getattr(request.state, "session", None)
    if session is None or REFRESHED in request.query_params:
        return ()
    host = request.headers.get("host", "")
    secure = "" if (host.rpartition(":")[0] or host) in _LOOPBACK else "; Secure"
    value = sessions.written(sessions.touched(session))
    return ((b"set-cookie", f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{secure}".encode()),)


def _failure(error: Exception, reader: Reader) -> Response:
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
            log.error("console_failed", error=type(error).__name__, where=_where(error))
            return _told("A bug of ours", reader, "Nobody knows what came of it: look again.", 500)
    return _told("Not done", reader, f"{error.message} ({error.code})", status)


def _told(title: str, reader: Reader, message: str, status: int) -> Response:
    return HTMLResponse(page(title, reader, note(message)), status)


def _where(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]]
