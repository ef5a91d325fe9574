"""Logging in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from producers.http.sources import name_of, source_of
from producers.runtime.settings_kinds import Network
from workers.console.attempts import WINDOW_S, Attempts
from workers.console.guard import LOGIN
from workers.console.layout import Reader, bare, button, field, form, notice
from workers.console.passwords import BY_PROXY, PASSWORD_MAX, fits
from workers.console.sessions import Sessions
from workers.console.users import User, read_users
from workers.console.visits import Visits

#: Passwords that are tried at once, each takes 64 MiB for as long; and those that may wait for their turn.
TRIED_AT_ONCE, WAITING_MAX = 2, 16
#: Minutes after which somebody who was refused too often may try again.
WAIT_MIN: Final = round(WINDOW_S / 60)


class Door:
    """The login's page and what it does. Whoever is refused is not told whether it was the name or the password.

    `proxies` are those whose `X-Forwarded-For` says where a login comes from; `fits` compares a password with a hash.
    """

    def __init__(
        self,
        users_file: Path,
        sessions: Sessions,
        attempts: Attempts,
        visits: Visits,
        proxies: Sequence[Network] = (),
        fits: Callable[[str, str], bool] = fits,
    ) -> None:
        self._users_file = users_file
        self._sessions = sessions
        self._attempts = attempts
        self._visits = visits
        self._proxies = proxies
        self._compare = fits
        self._trying = asyncio.Semaphore(TRIED_AT_ONCE)
        self._waiting = 0

    async def show(self, request: Request) -> Response:
        """The form."""
        return HTMLResponse(_page(request.state.reader))

    async def enter(self, request: Request) -> Response:
        """Log in."""
        reader, fields, source = request.state.reader, request.state.fields, self._source(request)
        name, password = fields.get("name", ""), fields.get("password", "")
        user = read_users(self._users_file).get(name)
        known = user.name if user else ""
        if not self._attempts.may(source, name):
            await self._visits.refused(known, source, "limited")
            told = _page(reader, f"Too many attempts: wait {WAIT_MIN} minutes.")
            return HTMLResponse(told, 429, {"Retry-After": str(round(WINDOW_S))})
        right = await self._fits(password, user)
        if right is None:
            await self._visits.refused(known, source, "busy")
            return HTMLResponse(_page(reader, "Too many log in at the moment: try again."), 503, {"Retry-After": "5"})
        if user is None or not right:
            await self._visits.refused(known, source, "refused")
            return HTMLResponse(_page(reader, "Name or password is wrong."), 401)
        self._attempts.entered(source, user.name)
        await self._visits.entered(user.name, source)
        request.state.session = self._sessions.begun(user)
        return RedirectResponse("/", 303)

    async def leave(self, request: Request) -> Response:
        """Log out: the session ends, whoever has its cookie."""
        left = request.state.session
        self._sessions.ended(left)
        request.state.session = self._sessions.begun()
        await self._visits.left(left.name)
        return RedirectResponse(LOGIN, 303)

    async def _fits(self, password: str, user: User | None) -> bool | None:
        """Whether the password is the user's; None where too many wait to be asked."""
        if self._waiting >= WAITING_MAX:
            return None
        self._waiting += 1
        try:
            async with self._trying:
                return await run_in_threadpool(self._compare, password, user.hash if user else BY_PROXY)
        finally:
            self._waiting -= 1

    def _source(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        return name_of(source_of(peer, request.headers.getlist("x-forwarded-for"), self._proxies))


def _page(reader: Reader, problem: str = "") -> str:
    return bare(
        "Log in",
        *([notice(problem)] if problem else []),
        form(
            reader,
            LOGIN,
            field("name", "Name", most=64, first=True),
            field("password", "Password", kind="password", most=PASSWORD_MAX),
            button("Log in"),
        ),
    )
