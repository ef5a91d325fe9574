"""What machines ask of the console: whether it lets people in, and what it has counted.

Redis is not asked: a console that does not reach it says so on its pages, and is not to be started anew for it.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from producers.errors import SettingsError
from producers.runtime.metrics import Metrics
from workers.console.guard import HEALTH, NUMBERS
from workers.console.site import Site
from workers.console.users import read_users


def health_routes(users_file: Path, site: Site, metrics: Metrics) -> list[Route]:
    """/healthz for anybody, and /metrics for who asks from inside: not by the public name, and not through a proxy."""

    async def healthz(request: Request) -> Response:
        try:
            read_users(users_file)
        except SettingsError:
            return PlainTextResponse("not ok\n", 503)
        return PlainTextResponse("ok\n")

    async def numbers(request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        if site.is_public(request.headers.get("host", "")) or "x-forwarded-for" in request.headers:
            return PlainTextResponse("", 404)
        metrics.flush()
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route(HEALTH, healthz), Route(NUMBERS, numbers)]
