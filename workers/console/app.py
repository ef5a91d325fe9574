"""The console's application: which address shows what. Who may see it is the guard's business."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from producers.errors import FieldError, SettingsError
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from workers.console.answers import refused
from workers.console.attempts import Attempts
from workers.console.door import Door
from workers.console.guard import LOGIN, LOGOUT, Guard, Proxy
from workers.console.health import health_routes
from workers.console.pages import Pages
from workers.console.sessions import Sessions
from workers.console.site import Site
from workers.console.tallies import Tallies
from workers.console.users import read_users
from workers.console.visits import Visits


def application(settings: Settings, metrics: Metrics) -> ASGIApp:
    """The application, which counts into `metrics`.

    Raises:
        SettingsError: there is no users file, it is wrong, or nobody is in it.
    """
    if (users_file := settings.console_users_file) is None:
        raise _useless("the console needs it: `cardinity console user add` makes one")
    if not read_users(users_file):
        raise _useless("nobody is in it: `cardinity console user add` adds somebody")
    sessions, site, tallies = Sessions(time.time), Site(settings.console_url or ""), Tallies(metrics)
    visits = Visits(settings, tallies, time.monotonic)
    door = Door(users_file, sessions, Attempts(time.monotonic), visits, settings.http_proxies or ())
    pages = Pages(settings, tallies)
    routes = [
        *health_routes(users_file, site, metrics),
        Route(LOGIN, door.show, methods=["GET"]),
        Route(LOGIN, door.enter, methods=["POST"]),
        Route(LOGOUT, door.leave, methods=["POST"]),
        Route("/", pages.overview),
        Route("/search", pages.search),
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
    return Guard(app, users_file, proxy, sessions, site, tallies, settings.cardinity_mode)


def _useless(problem: str) -> SettingsError:
    return SettingsError((FieldError("CONSOLE_USERS_FILE", "setting_missing", problem),))


async def _missing(scope: Scope, receive: Receive, send: Send) -> None:
    await refused(Request(scope), 404, "There is no such page.")(scope, receive, send)
