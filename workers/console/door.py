"""Logging in and out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from producers.http.sources import name_of, source_of
from workers.console.attempts import Attempts
from workers.console.guard import LOGIN
from workers.console.layout import Reader, button, field, form, note, page
from workers.console.passwords import BY_PROXY, PASSWORD_MAX, fits
from workers.console.sessions import Sessions
from workers.console.users import read_users

#: Passwords that are tried at once: each takes 64 MiB for as long.
TRIED_AT_ONCE: Final = 2


class Door:
    """The login's page and what it does. Whoever is refused is not told whether it was the name or the password."""

    def __init__(self, users_file: Path, sessions: Sessions, attempts: Attempts) -> None:
        self._users_file = users_file
        self._sessions = sessions
        self._attempts = attempts
        self._trying = asyncio.Semaphore(TRIED_AT_ONCE)

    async def show(self, request: Request) -> Response:
        """The form."""
        return HTMLResponse(_page(request.state.reader))

    async def enter(self, request: Request) -> Response:
        """Log in."""
        fields = request.state.fields
        name, password = fields.get("name", ""), fields.get("password", "")
        source = name_of(source_of(request.client.host if request.client else "", (), ()))
        if not self._attempts.may(source, name):
            return HTMLResponse(_page(request.state.reader, "Too many attempts: wait five minutes."), 429)
        user = read_users(self._users_file).get(name)
        async with self._trying:
            right = await run_in_threadpool(fits, password, user.hash if user else BY_PROXY)
        if user is None or not right:
            return HTMLResponse(_page(request.state.reader, "Name or password is wrong."), 401)
        self._attempts.forget(source, name)
        request.state.session = self._sessions.begun(user.name)
        return RedirectResponse("/", 303)

    async def leave(self, request: Request) -> Response:
        """Log out: the browser forgets the session."""
        request.state.session = self._sessions.begun()
        return RedirectResponse(LOGIN, 303)


def _page(reader: Reader, problem: str = "") -> str:
    return page(
        "Log in",
        reader,
        *([note(problem)] if problem else []),
        form(
            reader,
            LOGIN,
            field("name", "Name", most=64),
            field("password", "Password", kind="password", most=PASSWORD_MAX),
            button("Log in"),
        ),
    )
