"""The console's application: which address shows what. Who may see it is the guard's business."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from producers.errors import FieldError, SettingsError
from producers.runtime.settings import Settings
from workers.cli.board import look
from workers.cli.desk import at_desk
from workers.cli.explain import told_of
from workers.console import reads
from workers.console.actions import ACTIONS
from workers.console.attempts import Attempts
from workers.console.batches import batches
from workers.console.confirming import DO, STEP, asked, done, rehearsed
from workers.console.door import Door
from workers.console.guard import LOGIN, LOGOUT, Guard, Proxy, refused
from workers.console.orders import LISTED_MAX, doubtful, order
from workers.console.overview import overview
from workers.console.quarantine import quarantine
from workers.console.sessions import Sessions
from workers.console.today import today
from workers.console.users import read_users
from workers.operations import quarantined


def application(settings: Settings) -> ASGIApp:
    """The application.

    Raises:
        SettingsError: there is no users file, or it is wrong.
    """
    if settings.console_users_file is None:
        problem = "the console needs it: `cardinity console user add` makes one"
        raise SettingsError((FieldError("CONSOLE_USERS_FILE", "setting_missing", problem),))
    read_users(settings.console_users_file)
    sessions = Sessions(time.time)
    door = Door(settings.console_users_file, sessions, Attempts(time.monotonic))
    pages = Pages(settings)
    routes = [
        Route(LOGIN, door.show, methods=["GET"]),
        Route(LOGIN, door.enter, methods=["POST"]),
        Route(LOGOUT, door.leave, methods=["POST"]),
        Route("/", pages.overview),
        Route("/orders", pages.order),
        Route("/doubtful", pages.doubtful),
        Route("/quarantine", pages.quarantine),
        Route("/batches", pages.batches),
        Route("/today", pages.today),
        Route("/actions/{name}", pages.ask, methods=["GET"]),
        Route("/actions/{name}", pages.act, methods=["POST"]),
    ]
    app = Router(routes, redirect_slashes=False, default=_missing)
    proxy = Proxy(settings.console_proxy or (), settings.console_user_header)
    return Guard(app, settings.console_users_file, proxy, sessions)


class Pages:
    """Each reads, and lets a pure function make the page. They block, so each runs in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def overview(self, request: Request) -> Response:
        """How everything stands."""
        board, minutes = look(self._settings), reads.last_minutes(self._settings)
        return HTMLResponse(overview(request.state.reader, board, minutes, self._settings.presence_s))

    def order(self, request: Request) -> Response:
        """One order."""
        order_id = request.query_params.get("order_id", "").strip()
        if not order_id:
            return RedirectResponse("/", 303)
        return HTMLResponse(order(request.state.reader, *told_of(order_id, self._settings)))

    def doubtful(self, request: Request) -> Response:
        """Unknown and parked orders."""
        return HTMLResponse(doubtful(request.state.reader, *reads.in_doubt(self._settings)))

    def quarantine(self, request: Request) -> Response:
        """Messages that were put aside."""
        with at_desk(self._settings, rehearsal=True, by=_actor(request)) as desk:
            found = quarantined.listed(desk, LISTED_MAX)
        return HTMLResponse(quarantine(request.state.reader, found))

    def batches(self, request: Request) -> Response:
        """Batches with their progress."""
        name = request.query_params.get("batch", "")
        return HTMLResponse(batches(request.state.reader, reads.progress(self._settings, name)))

    def today(self, request: Request) -> Response:
        """Renewals and declines of today."""
        return HTMLResponse(today(request.state.reader, *reads.of_today(self._settings)))

    def ask(self, request: Request) -> Response:
        """The form of an action."""
        name, about = request.path_params["name"], request.query_params.get("about", "")
        if name not in ACTIONS or not about:
            return refused(request, 404, "There is no such action.")
        return HTMLResponse(asked(request.state.reader, name, ACTIONS[name], about))

    def act(self, request: Request) -> Response:
        """Rehearse an action, or do it."""
        name, given = request.path_params["name"], request.state.fields
        action, about = ACTIONS.get(name), given.get("about", "")
        if action is None or not about:
            return refused(request, 404, "There is no such action.")
        fields = {each.name: given.get(each.name, "")[: each.most] for each in action.wanted}
        rehearsal = given.get(STEP) != DO
        with at_desk(self._settings, rehearsal=rehearsal, by=_actor(request)) as desk:
            told = action.deed(desk, self._settings, about, fields)
        if rehearsal:
            return HTMLResponse(rehearsed(request.state.reader, name, action, about, fields))
        return HTMLResponse(done(request.state.reader, action, told))


def _actor(request: Request) -> str:
    """Who acts, as the audit trail names people of the console."""
    return f"{request.state.reader.user.name}@console"


async def _missing(scope: Scope, receive: Receive, send: Send) -> None:
    await refused(Request(scope), 404, "There is no such page.")(scope, receive, send)
