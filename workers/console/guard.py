"""The one place where it is decided who may do what: hosts, sessions, roles and tokens of forms, around every page.

Whoever is not logged in sees the login only; a viewer sees everything; an operator acts too. A request that may change
something is a POST with the token of its session, from a page of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from producers.http.sources import source_of, within
from producers.runtime.settings_kinds import Network
from workers.console.answers import failure, refused
from workers.console.forms import fields_of
from workers.console.layout import REFRESHED, STILL, Reader, policy
from workers.console.passwords import BY_PROXY
from workers.console.sessions import Session, Sessions
from workers.console.site import Site
from workers.console.tallies import Tallies
from workers.console.users import OPERATOR, VIEWER, User, read_users

#: Where anybody may go; where an operator only may; everything else is for viewers, as long as it is read.
LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
ACTIONS: Final = "/actions/"
#: What machines ask: they have no session, and call us by addresses.
HEALTH, NUMBERS = "/healthz", "/metrics"
_READS: Final = frozenset({"GET", "HEAD"})
#: A year in which a browser comes through TLS only.
_TLS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Whose word is believed about who somebody is, and the header that it is in."""

    addresses: Sequence[Network]
    header: str

    def user_of(self, request: Request) -> str:
        """The name that the proxy gives; empty where it is not the proxy that asks, or where there are several names:
        then it let one through that it did not write."""
        peer = source_of(request.client.host if request.client else "", (), ())
        if peer is None or not within(peer, self.addresses):
            return ""
        given = request.headers.getlist(self.header)
        return given[0] if len(given) == 1 else ""


def needed(method: str, path: str) -> str | None:
    """The role that a request needs; None where nobody has to be logged in."""
    if path == LOGIN or (path in (HEALTH, NUMBERS) and method in _READS):
        return None
    if path.startswith(ACTIONS):
        return OPERATOR
    return VIEWER if method in _READS or path == LOGOUT else OPERATOR


class Guard:
    """Stands around the pages. They find `session`, `reader` and `fields` in the request's state. `mode` is that of the
    gateway, which every page says."""

    def __init__(
        self,
        app: ASGIApp,
        users_file: Path,
        proxy: Proxy,
        sessions: Sessions,
        site: Site,
        tallies: Tallies,
        mode: str = "test",
    ) -> None:
        self._app = app
        self._users_file = users_file
        self._proxy = proxy
        self._sessions = sessions
        self._site = site
        self._tallies = tallies
        self._mode = mode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = Request(scope, receive)
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers(request)]
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
            if not status:
                await failure(error, request, self._tallies)(scope, receive, told)
        finally:
            if status:
                self._tallies.answered(scope["path"], status)

    async def _answer(self, request: Request) -> Response | None:
        """Why a request goes no further; None where it may."""
        method, path = request.method, request.scope["path"]
        if path in (HEALTH, NUMBERS):
            return None if method in _READS else PlainTextResponse("", 405)
        if not self._site.knows(_host(request)):
            return PlainTextResponse("This console is not known by that name: CONSOLE_URL says by which.\n", 421)
        users = read_users(self._users_file)
        session, user = self._who(request, users)
        request.state.session = session
        still = STILL in request.query_params
        request.state.reader = Reader(user, self._sessions.token(session), self._mode, still=still)
        if method not in _READS:
            request.state.fields = fields = await fields_of(request)
            if fields is None:
                return refused(request, 400, "The form cannot be read.")
            if not self._is_ours(request) or not self._sessions.allows(session, fields.get("token", "")):
                return refused(request, 403, "The form is not of this session: load the page again.")
        role = needed(method, path)
        if role is None:
            return None
        if user is None:
            return RedirectResponse(LOGIN, 303)
        if role == OPERATOR and not user.acts:
            return refused(request, 403, "Only an operator may do this.")
        return None

    def _who(self, request: Request, users: Mapping[str, User]) -> tuple[Session, User | None]:
        session = self._sessions.read(request.cookies.get(self._site.cookie_name(_host(request)), ""))
        if named := self._proxy.user_of(request):
            user = users.get(named)
            if session is None or not (self._sessions.is_of(session, user) if user else not session.name):
                session = self._sessions.begun(user)
            return session, user
        if session is None:
            return self._sessions.begun(), None
        if not session.name:
            return session, None
        user = users.get(session.name)
        # What the proxy has let in is nobody without the proxy's word, and who was changed logs in again.
        if user is None or user.hash == BY_PROXY or not self._sessions.is_of(session, user):
            return self._sessions.begun(), None
        return session, user

    def _is_ours(self, request: Request) -> bool:
        """Whether the browser says that the form stood on a page of ours; old ones say nothing."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        return (origin is None or self._site.is_ours(origin, _host(request))) and site in (None, "same-origin")

    def _headers(self, request: Request) -> tuple[tuple[bytes, bytes], ...]:
        tls = (_TLS_ONLY,) if self._site.is_secret(_host(request)) else ()
        return (
            (b"content-security-policy", policy().encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            # Not `no-referrer`: browsers would then send forms from the origin `null`.
            (b"referrer-policy", b"same-origin"),
            *tls,
            *self._cookie(request),
        )

    def _cookie(self, request: Request) -> tuple[tuple[bytes, bytes], ...]:
        """The session goes on while somebody does something, not while a page refreshes itself."""
        session: Session | None = getattr(request.state, "session", None)
        if session is None or REFRESHED in request.query_params:
            return ()
        value = self._sessions.written(self._sessions.touched(session))
        return ((b"set-cookie", self._site.cookie(_host(request), value).encode()),)


def _host(request: Request) -> str:
    """Where the request says that it goes; empty where it says nothing, or two things."""
    given = request.headers.getlist("host")
    return given[0] if len(given) == 1 else ""
