"""The gateway: whether it takes our credentials, is of the mode that is meant, and agrees about the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from cardinity_client import CardinityClient, GatewayReadError, ReadUnavailable
from cardinity_client.transport import Http1Transport
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding, clock

#: Seconds by which an HTTP Date is coarse.
DATE_COARSE_S = 1.0


def of_gateway(settings: Settings) -> Iterator[Finding]:
    """Whether the gateway takes the credentials, is of the right mode, and agrees about the time."""
    if settings.cardinity_consumer_key is None or settings.cardinity_consumer_secret is None:
        yield Finding(
            "gateway",
            "note",
            "not asked: no credentials here",
            "workers need CARDINITY_CONSUMER_KEY and _SECRET",
        )
        return
    try:
        live, skew_s = asyncio.run(_ask_gateway(settings))
    except ReadUnavailable as error:
        yield Finding(
            "gateway",
            "unreachable",
            error.message,
            f"is {settings.cardinity_base_url} right, and the way free?",
        )
        return
    except GatewayReadError as error:
        mend = "check CARDINITY_CONSUMER_KEY and CARDINITY_CONSUMER_SECRET, and that they belong to this address"
        yield Finding("gateway", "wrong", error.message, mend)
        return
    yield Finding("gateway", "ok", f"{settings.cardinity_base_url} takes the credentials")
    if live is not None and live != (settings.cardinity_mode == "live"):
        found = "live" if live else "test"
        message = f"the credentials are of a {found} account, CARDINITY_MODE is {settings.cardinity_mode}"
        yield Finding("gateway", "wrong", message, "give the credentials of the account that is meant")
    if skew_s is not None:
        yield clock("clock gateway", skew_s, settings.clock_skew_s + DATE_COARSE_S)


async def _ask_gateway(settings: Settings) -> tuple[bool | None, float | None]:
    """Whether the account is live, and how far the gateway's clock is ahead (s); None if it does not tell."""
    client_settings = settings.client_settings()
    dated = _Dated(client_settings)
    async with CardinityClient(client_settings, transport=dated) as client:
        page = await client.list_payments(1)
    live = page.payments[0].live if page.payments else None
    return live, dated.skew_s


class _Dated(Http1Transport):
    """Reads the Date of what passes through."""

    skew_s: float | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if date := response.headers.get("date"):
            try:
                self.skew_s = parsedate_to_datetime(date).timestamp() - time.time()
            except ValueError:
                self.skew_s = None
        return response
