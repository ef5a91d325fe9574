"""A shop that sells one kettle: it sends shoppers to the hosted page and takes what comes back."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape

from aiohttp import web

from cardinity_client.sandbox.settings import TEST_PROJECT_ID, TEST_PROJECT_SECRET

ORDER = {
    "amount": "25.50",
    "currency": "EUR",
    "country": "LT",
    "order_id": "ORD-1001",
    "description": "Blue kettle & <lid>",
    "project_id": TEST_PROJECT_ID,
}


@dataclass
class Shop:
    """`returned` came with the shopper, `notified` beside it, `answered` from the page of a bank."""

    origin: str = ""
    checkout_url: str = ""
    changes: dict[str, str] = field(default_factory=dict)
    returned: list[dict[str, str]] = field(default_factory=list)
    notified: list[dict[str, str]] = field(default_factory=list)
    answered: list[dict[str, str]] = field(default_factory=list)
    events: list[tuple[bytes, str]] = field(default_factory=list)
    #: A form of another kind for the next visitor of /bank: where it goes and what it carries.
    challenge: tuple[str, dict[str, str]] = ("", {})

    async def buy(self, _request: web.Request) -> web.Response:
        addresses = {name: f"{self.origin}/{name}" for name in ("return_url", "cancel_url", "notification_url")}
        fields = {**ORDER, **addresses, **self.changes}
        fields.setdefault("signature", sign(fields))
        return _form(self.checkout_url, fields, "Buy")

    async def bank(self, _request: web.Request) -> web.Response:
        return _form(*self.challenge, "To the bank")

    async def take(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        into = {"/return_url": self.returned, "/notification_url": self.notified}.get(request.path, self.answered)
        into.append(fields)
        return web.Response(text=f"<title>Shop</title><h1>Welcome back</h1><p>{fields.get('status')}</p>",
                            content_type="text/html")  # fmt: skip

    async def cancel(self, _request: web.Request) -> web.Response:
        return web.Response(text="<title>Shop</title><h1>Your basket</h1>", content_type="text/html")

    async def event(self, request: web.Request) -> web.Response:
        self.events.append((await request.read(), request.headers.get("X-Cardinity-Signature", "")))
        return web.Response(status=204)


@asynccontextmanager
async def selling(checkout_url: str) -> AsyncIterator[Shop]:
    """A shop that is open until the block ends."""
    shop = Shop(checkout_url=checkout_url)
    app = web.Application()
    app.add_routes(
        [
            web.get("/buy", shop.buy),
            web.get("/bank", shop.bank),
            web.get("/cancel_url", shop.cancel),
            web.post("/events", shop.event),
            *(web.post(path, shop.take) for path in ("/return_url", "/notification_url", "/answer")),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        shop.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield shop
    finally:
        await runner.cleanup()


def sign(fields: Mapping[str, str]) -> str:
    """The hosted page's signature, written from the reference and not shared with the sandbox."""
    message = "".join(name + value for name, value in sorted(fields.items()) if name != "signature")
    return hmac.new(TEST_PROJECT_SECRET.encode(), message.encode(), "sha256").hexdigest()


def _form(action: str, fields: Mapping[str, str], button: str) -> web.Response:
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    text = f'<title>Shop</title><form method="post" action="{escape(action)}">{inputs}<button>{button}</button></form>'
    return web.Response(text=text, content_type="text/html")
