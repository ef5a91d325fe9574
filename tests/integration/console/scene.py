"""The guard around a few pages, with real users, a real ledger, and browsers at addresses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

import httpx
import redis
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from producers.runtime.ledger import keys
from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from tests.console_process import CHEAP
from tests.ledgers import open_ledger
from workers.console.attempts import Attempts
from workers.console.door import Door
from workers.console.guard import Guard, Proxy
from workers.console.health import health_routes
from workers.console.passwords import BY_PROXY, fits, hashed
from workers.console.sessions import Sessions
from workers.console.site import Site
from workers.console.tallies import Tallies
from workers.console.users import OPERATOR, VIEWER, User, add_user
from workers.console.visits import Visits

PASSWORD = "correct horse battery"
PROXY = "192.0.2.9"
HEADER = "X-Forwarded-User"
COOKIE = "cardinity_console"


async def told(request: Request) -> Response:
    """A page that says who looks, and the token of its forms."""
    reader = request.state.reader
    return PlainTextResponse(f"{reader.user.name if reader.user else ''}\n{reader.token}")


async def broken(request: Request) -> Response:
    """A page with a bug."""
    raise RuntimeError("4111111111111111")


class Scene(NamedTuple):
    """The guard around a few pages, where its users are, and what was counted."""

    guard: Guard
    users: Path
    metrics: Metrics


def made_scene(
    tmp_path: Path,
    queue_url: str,
    ledger_url: str,
    url: str = "",
    proxies: str = "",
    fits: Callable[[str, str], bool] = fits,
) -> Scene:
    users = tmp_path / "users"
    given = hashed(PASSWORD, CHEAP)
    for user in (User("ona", OPERATOR, given), User("jonas", VIEWER, given), User("rasa", OPERATOR, BY_PROXY)):
        add_user(users, user)
    open_ledger(ledger_url)
    places = {"REDIS_QUEUE_URL": queue_url, "REDIS_LEDGER_URL": ledger_url, "STATE_DIR": str(tmp_path / "state")}
    settings = Settings.from_environ(places)
    sessions, site = Sessions(time.time), Site(url)
    metrics = Metrics(accounts=["default"], version="1", shared=False)
    tallies = Tallies(metrics)
    visits = Visits(settings, tallies, time.monotonic)
    networks = [ip_network(proxies)] if proxies else []
    door = Door(users, sessions, Attempts(time.monotonic), visits, networks, fits)
    routes = [
        *health_routes(users, site, metrics),
        Route("/login", told, methods=["GET"]),
        Route("/login", door.enter, methods=["POST"]),
        Route("/logout", door.leave, methods=["POST"]),
        Route("/", told),
        Route("/broken", broken),
        Route("/actions/queue-pause", told, methods=["GET", "POST"]),
    ]
    proxy = Proxy([ip_network(f"{PROXY}/32")], HEADER)
    return Scene(Guard(Router(routes), users, proxy, sessions, site, tallies), users, metrics)


def at_address(guard: Guard, address: str, url: str = "http://localhost:8088") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(guard, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=url)


def trail(ledger_url: str) -> list[tuple[str, str, str, str]]:
    """The audit trail, oldest first: who, what, to what, from where."""
    with redis.Redis.from_url(ledger_url) as client:
        lines = [json.loads(fields[b"line"]) for _, fields in client.xrange(keys.AUDIT)]
    return [(each["actor"], each["action"], each["subject"], each["details"].get("source", "")) for each in lines]


async def logged_in(browser: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    """What the login's form answers."""
    token = (await browser.get("/login")).text.partition("\n")[2]
    return await browser.post("/login", data={"token": token, "name": name, "password": password})
