"""A shop's door for notifications."""

import json

from aiohttp import web


class Door:
    """Where notifications arrive."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.came: list[tuple[bytes, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((await request.read(), request.headers.get("X-Cardinity-Signature", "")))
        return web.Response(status=self.status, headers={"Location": self.url})

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.came]
